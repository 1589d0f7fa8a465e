"""Hostile input for every parser: the documented error or a value with known and gap, and nothing else.

`tests/fuzz` runs a few hundred examples with every test run. `make fuzz` runs many more, guided by coverage
where atheris is installed; FUZZ_EXAMPLES says how many.
"""
