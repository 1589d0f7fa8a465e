"""Why a Microsoft 365 profile photo does not show: facts, rules, verdict, views."""

__version__ = "0.1.0"
