"use strict";
// What both kinds of page share: the address, the language switch, copying, printing.
var photoPage = (function () {
  var root = document.documentElement;
  var editions = Array.prototype.slice.call(document.querySelectorAll(".edition"));
  var listeners = [];

  function code(edition) { return edition.lang; }

  function shown() {
    var chosen = document.querySelector('.languages input:checked');
    return editions.filter(function (one) { return chosen && code(one) === chosen.value; })[0] || editions[0];
  }

  // The address: "#facts" names a place; "#lang=hr&cause=never-triggered" is a state. A place of another
  // language than the first ends in that language, as in "#facts.hr" and "#cause=never-triggered.hr".
  function address() {
    var found = {};
    window.location.hash.slice(1).split("&").forEach(function (part) {
      var at = part.indexOf("="), name = at > 0 ? part.slice(0, at) : "place", value = part.slice(at + 1);
      try { value = decodeURIComponent(value); } catch (error) { return; }
      editions.slice(1).forEach(function (one) {
        var tail = "." + code(one);
        if (name !== "q" && value.slice(-tail.length) === tail) {
          value = value.slice(0, -tail.length);
          found.lang = code(one);
        }
      });
      if (value) { found[name] = value; }
    });
    return found;
  }

  function write(state) {
    var parts = Object.keys(state).filter(function (name) { return name !== "place" && state[name]; })
      .map(function (name) { return name + "=" + encodeURIComponent(state[name]); });
    var rest = window.location.pathname + window.location.search;
    window.history.replaceState(null, "", parts.length ? "#" + parts.join("&") : rest);
  }

  function remember(changes) {
    var state = address();
    Object.keys(changes).forEach(function (name) { state[name] = changes[name]; });
    write(state);
  }

  function at(name, edition) {
    return document.getElementById(edition === editions[0] ? name : name + "." + code(edition));
  }

  function speak(edition) {
    root.lang = code(edition);
    root.dir = edition.dir;
    document.title = edition.dataset.title;
    listeners.forEach(function (listener) { listener(edition); });
  }

  function choose(wanted) {
    var radio = document.getElementById("language-" + wanted);
    if (radio && !radio.checked) { radio.checked = true; speak(shown()); }
  }

  // What the reader has unfolded, and the place on the page, stay the same in the other language.
  var last = editions[0];
  function switched() {
    var from = last.querySelectorAll("details"), now = shown(), to = now.querySelectorAll("details");
    if (from.length === to.length) {
      from.forEach(function (one, number) { to[number].open = one.open; });
    }
    last = now;
    remember({ lang: now === editions[0] ? "" : code(now) });
    speak(now);
  }

  function unfold(element) {
    for (var one = element; one; one = one.parentElement) {
      if (one.tagName === "DETAILS") { one.open = true; }
    }
  }

  function follow() {
    var state = address();
    choose(state.lang || code(editions[0]));
    last = shown();
    var target = state.place && at(state.place, shown());
    if (target) { unfold(target); target.scrollIntoView(); }
  }

  document.querySelectorAll(".languages input").forEach(function (radio) {
    radio.addEventListener("change", switched);
  });
  window.addEventListener("hashchange", follow);

  return { address: address, at: at, editions: editions, follow: follow, remember: remember, shown: shown,
    unfold: unfold, onLanguage: function (listener) { listeners.push(listener); } };
})();

(function () {
  function copyText(text, source) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text);
    }
    // Older browsers and pages opened from a disk: select the text, then ask the browser to copy the selection.
    photoPage.unfold(source);
    var range = document.createRange();
    range.selectNodeContents(source);
    var selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy") ? Promise.resolve() : Promise.reject(new Error("copy"));
  }

  document.querySelectorAll("button.copy").forEach(function (button) {
    var source = document.getElementById(button.dataset.copy);
    var label = button.textContent;
    if (!source) { return; }
    button.hidden = false;
    button.addEventListener("click", function () {
      copyText(source.textContent, source).then(function () {
        button.textContent = button.dataset.done;
        window.setTimeout(function () { button.textContent = label; }, 2000);
      }, function () {
        photoPage.unfold(source);
        source.focus();
      });
    });
  });

  document.querySelectorAll("button.print").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  var opened = [];
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not([open])").forEach(function (details) {
      details.open = true;
      opened.push(details);
    });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (details) { details.open = false; });
    opened = [];
  });
})();
photoPage.follow();
