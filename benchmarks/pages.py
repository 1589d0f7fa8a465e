"""How large the pages are and how soon a browser can be used on them: one person, and 100,000 people.

    PYTHONPATH=. python benchmarks/pages.py [--people 100000]

The page of a tenant is the worst there is: every cause occurs, names are long, all languages are in it. Times
are the browser's own (navigation timing), the median of five loads: `interactive` is when everything can be
read and clicked, `filter` is how long a typed letter takes until the lists show it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.render import samples, tenant_samples
from tests.render.browser import started
from troubleshooter.cli.audit_output import write_audit
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.render.html import person_page
from troubleshooter.render.language import language, languages

_LOADS = 5
_INTERACTIVE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
_FILTER = """() => {
  const field = document.getElementById('filter-q'), began = performance.now();
  field.value = 'a';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  document.body.offsetHeight;
  return performance.now() - began;
}"""


def measure(browser: Browser, path: Path, name: str, *, filtered: bool) -> None:
    """Load the page some times and print what the browser measured."""
    ready, filters = [], []
    for _ in range(_LOADS):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(path.as_uri())
        ready.append(page.evaluate(_INTERACTIVE))
        if filtered:
            filters.append(page.evaluate(_FILTER))
        page.close()
    size = path.stat().st_size / 1000
    print(f"{name}: {size:,.0f} kB, interactive after {statistics.median(ready):.0f} ms", end="")
    print(f", filter {statistics.median(filters):.0f} ms" if filters else "")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=100_000)
    people = parser.parse_args().people
    book = tenant_samples.rulebook()
    with tempfile.TemporaryDirectory() as place, started() as browser:
        folder = Path(place)
        person = folder / "person.html"
        person.write_text(
            person_page(samples.diagnosis(State.ON_ITS_WAY), *map(language, languages())), encoding="utf-8"
        )
        measure(browser, person, "one person", filtered=False)
        with tenant_samples.fill(folder, tenant_samples.every_cause(book), book) as store:
            tenant_samples.multiplied(store, people // store.count() + 1)
            verdict_table(store, book)
            number = store.count()
            page = write_audit(store, book, folder, languages()).page
        measure(browser, page, f"a tenant of {number:,} people with every cause", filtered=True)


if __name__ == "__main__":
    main()
