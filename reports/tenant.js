"use strict";
(function () {
  var form = document.getElementById("filter");
  if (!form) { return; }
  var fields = {};
  ["text", "state", "cause", "actor", "dept"].forEach(function (name) {
    fields[name] = document.getElementById("filter-" + name);
  });
  var count = document.getElementById("filter-count");
  var groups = Array.prototype.slice.call(document.querySelectorAll("details.cause"));
  var sections = Array.prototype.slice.call(document.querySelectorAll("section.group"));
  var rows = [];
  groups.forEach(function (group) {
    group.querySelectorAll("table.persons tbody tr").forEach(function (row) {
      rows.push({ element: row, group: group, text: row.textContent.toLowerCase(),
        dept: row.querySelector(".dept").textContent });
    });
  });
  form.hidden = false;

  var known = {};
  rows.forEach(function (row) { if (row.dept) { known[row.dept] = true; } });
  Object.keys(known).sort().forEach(function (name) {
    var option = document.createElement("option");
    option.value = name;
    option.textContent = name;
    fields.dept.appendChild(option);
  });

  function matches(group) {
    return (!fields.state.value || group.dataset.state === fields.state.value) &&
      (!fields.cause.value || group.dataset.cause === fields.cause.value) &&
      (!fields.actor.value || group.dataset.actor === fields.actor.value);
  }

  function apply() {
    var wanted = fields.text.value.trim().toLowerCase();
    var narrowed = wanted || fields.dept.value;
    var any = narrowed || fields.state.value || fields.cause.value || fields.actor.value;
    var shown = 0;
    var hits = new Map();
    rows.forEach(function (row) {
      var visible = matches(row.group) && (!fields.dept.value || row.dept === fields.dept.value) &&
        (!wanted || row.text.indexOf(wanted) !== -1);
      row.element.hidden = !visible;
      if (visible) { shown += 1; hits.set(row.group, true); }
    });
    groups.forEach(function (group) {
      group.hidden = !matches(group) || Boolean(narrowed && !hits.has(group));
    });
    sections.forEach(function (section) {
      var inside = section.querySelectorAll("details.cause");
      var left = section.querySelectorAll("details.cause:not([hidden])");
      var other = fields.state.value && section.dataset.state !== fields.state.value;
      section.hidden = Boolean(any && (other || (inside.length && !left.length) ||
        (!inside.length && (narrowed || fields.cause.value || fields.actor.value))));
    });
    count.textContent = count.dataset.text.replace("{shown}", shown.toLocaleString(document.documentElement.lang))
      .replace("{all}", rows.length.toLocaleString(document.documentElement.lang)) + " " + count.dataset.rest;
  }

  function hash() {
    var parts = [];
    ["cause", "state", "actor"].forEach(function (name) {
      if (fields[name].value) { parts.push(name + "=" + encodeURIComponent(fields[name].value)); }
    });
    return parts.join("&");
  }

  function changed() {
    apply();
    var wanted = hash();
    window.history.replaceState(null, "", wanted ? "#" + wanted : window.location.pathname + window.location.search);
  }

  // A link always wins over a filter: what the address does not name is shown again.
  function followed() {
    var given = {};
    window.location.hash.slice(1).split("&").forEach(function (part) {
      var at = part.indexOf("=");
      if (at > 0) {
        try { given[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1)); } catch (error) { return; }
      }
    });
    if (!("cause" in given || "state" in given || "actor" in given)) { return; }
    form.reset();
    ["cause", "state", "actor"].forEach(function (name) {
      if (given[name] !== undefined) { fields[name].value = given[name]; }
    });
    apply();
    var target = document.getElementById(given.cause ? "cause=" + given.cause : "state=" + given.state);
    if (target) {
      if (target.tagName === "DETAILS") { target.open = true; }
      target.scrollIntoView();
    }
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("input", changed);
  form.addEventListener("reset", function () { window.setTimeout(changed, 0); });
  window.addEventListener("hashchange", followed);
  apply();
  followed();
})();
