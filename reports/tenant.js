(function () {
  var NAMES = ["q", "state", "cause", "actor", "dept"];
  var made = [];

  // Tables of people are sorted together: one order for the whole page, kept in the address.
  function sorter(edition, rows) {
    var tables = Array.prototype.slice.call(edition.querySelectorAll("table.persons"));
    var compare = new Intl.Collator(edition.lang, { numeric: true, sensitivity: "base" }).compare;
    var buttons = [];

    function key(row, head) {
      var cell = head && row.cells[head.cellIndex];
      return cell ? cell.dataset.key || cell.textContent : "";
    }

    function show(order) {
      var column = order.replace(/^-/, ""), down = order.charAt(0) === "-";
      tables.forEach(function (table) {
        var head = table.querySelector('thead [data-column="' + column + '"]');
        var body = table.tBodies[0];
        table.querySelectorAll("thead th").forEach(function (one) { one.removeAttribute("aria-sort"); });
        if (head) { head.setAttribute("aria-sort", down ? "descending" : "ascending"); }
        rows.filter(function (row) { return row.table === table; })
          .map(function (row, number) {
            return { row: row, key: key(row.element, head), number: row.number };
          })
          .sort(function (one, other) {
            return (down ? -1 : 1) * compare(one.key, other.key) || one.number - other.number;
          })
          .forEach(function (entry) { body.appendChild(entry.row.element); });
      });
    }

    tables.forEach(function (table) {
      table.querySelectorAll("thead [data-column]").forEach(function (head) {
        var button = document.createElement("button");
        button.type = "button";
        button.className = "sort";
        while (head.firstChild) { button.appendChild(head.firstChild); }
        head.appendChild(button);
        buttons.push(button);
        button.addEventListener("click", function () {
          var column = head.dataset.column;
          var order = head.getAttribute("aria-sort") === "ascending" ? "-" + column : column;
          photoPage.remember({ sort: order });
          show(order);
        });
      });
    });
    return show;
  }

  function build(edition) {
    function part(name) { return photoPage.at("filter-" + name, edition); }
    var form = photoPage.at("filter", edition);
    var fields = {};
    NAMES.forEach(function (name) { fields[name] = part(name); });
    var count = part("count");
    var groups = Array.prototype.slice.call(edition.querySelectorAll("details.cause"));
    var sections = Array.prototype.slice.call(edition.querySelectorAll("section.group"));
    var number = new Intl.NumberFormat(edition.lang);
    var rows = [];
    groups.forEach(function (group) {
      group.querySelectorAll("table.persons").forEach(function (table) {
        Array.prototype.forEach.call(table.tBodies[0].rows, function (row, place) {
          rows.push({ element: row, group: group, table: table, number: place,
            text: row.textContent.toLowerCase(), dept: row.querySelector(".dept").textContent });
        });
      });
    });
    var sort = sorter(edition, rows);
    form.hidden = false;

    var known = {};
    rows.forEach(function (row) { if (row.dept) { known[row.dept] = true; } });
    Object.keys(known).sort(new Intl.Collator(edition.lang).compare).forEach(function (name) {
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
      var wanted = fields.q.value.trim().toLowerCase();
      var narrowed = wanted || fields.dept.value;
      var any = narrowed || fields.state.value || fields.cause.value || fields.actor.value;
      var hits = new Map(), shown = 0;
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
      count.textContent = count.dataset.text.replace("{shown}", number.format(shown))
        .replace("{all}", number.format(rows.length)) + " " + count.dataset.rest;
    }

    function changed() {
      var state = {};
      NAMES.forEach(function (name) { state[name] = fields[name].value; });
      photoPage.remember(state);
      apply();
    }

    // A link always wins over a filter: what the address does not name is shown again.
    function follow(jump) {
      var state = photoPage.address();
      NAMES.forEach(function (name) {
        var field = fields[name];
        field.value = state[name] || "";
        if (field.value !== (state[name] || "")) { field.value = ""; }
      });
      sort(state.sort || "");
      apply();
      var target = photoPage.at(state.cause ? "cause=" + state.cause : "state=" + state.state, edition);
      if (jump && target) {
        if (target.tagName === "DETAILS") { target.open = true; }
        target.scrollIntoView();
      }
    }

    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", changed);
    form.addEventListener("reset", function () { window.setTimeout(changed, 0); });
    return follow;
  }

  // The other languages of the page are made ready when somebody asks for them.
  function follow(edition, jump) {
    var number = photoPage.editions.indexOf(edition);
    if (!photoPage.at("filter", edition)) { return; }
    made[number] = made[number] || build(edition);
    made[number](jump);
  }
  photoPage.onLanguage(function (edition) { follow(edition, false); });
  window.addEventListener("hashchange", function () { follow(photoPage.shown(), true); });
  follow(photoPage.shown(), true);
})();
