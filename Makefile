# make demo   everything from nothing: set-up, sandbox tenant, diagnosis, reports
# make test   set-up and all tests          make check   style, types, layers
# make bench  speed as ratios, and the picture comparison's error rates
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
OUT ?= photo-reports

.PHONY: demo test check bench docs pictures translations browser java clean
.DELETE_ON_ERROR:

$(READY): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[sandbox,spark,test,xlsx]'
	@touch $@

demo: $(READY)
	$(BIN)/photo-troubleshooter demo --out $(OUT)

test: $(READY) browser java
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY) browser java
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/picture_pairs.py
	$(BIN)/python benchmarks/audit.py speed
	$(BIN)/python benchmarks/audit.py memory
	PYTHONPATH=. $(BIN)/python benchmarks/fleet.py
	PYTHONPATH=. $(BIN)/python benchmarks/pages.py

docs: $(READY)
	$(BIN)/python docs/generate.py

translations: $(READY)
	$(BIN)/python -m troubleshooter.render.catalogue

pictures: $(READY) browser
	$(BIN)/python docs/take_pictures.py

# Browser tests need Chromium; on Debian and Ubuntu we install it when we may.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	       && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || { echo "Browser tests need Chromium: install the package 'chromium' and try again." >&2; exit 1; }

# The tests of `evaluate --engine spark` need Java 17 or newer, which Spark runs on.
java:
	@command -v java >/dev/null \
	  || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	       && apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null; } \
	  || { echo "The tests of Spark need Java: install the package 'default-jre-headless' and try again." >&2; exit 1; }

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis $(OUT)
