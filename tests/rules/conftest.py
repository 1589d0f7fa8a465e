"""The collectors in front of the sandbox, for rules that must live on what is really collected."""

from tests.collect.conftest import _open, asker

__all__ = ["_open", "asker"]
