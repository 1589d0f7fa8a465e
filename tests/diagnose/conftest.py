"""Fixtures of all tests of diagnosis: one Spark for a whole process, because two do not fit into one."""

from tests.diagnose.sparks import spark

__all__ = ["spark"]
