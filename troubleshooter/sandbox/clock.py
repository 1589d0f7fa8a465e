"""The two ways the services write time."""

from __future__ import annotations

from datetime import datetime, timedelta

# SPS-PictureTimestamp counts whole seconds since 0001-01-01, like .NET ticks; this is 1970 on that scale.
YEAR_ONE_TO_UNIX = 62_135_596_800
SCRIPT_CONSTANT = "63605901091"


def picture_timestamp(moment: datetime) -> str:
    """`SPS-PictureTimestamp` for a moment in UTC."""
    return str(int(moment.timestamp()) + YEAR_ONE_TO_UNIX)


def graph_time(moment: datetime) -> str:
    """`2026-11-22T10:00:00Z`, as Graph and SharePoint write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(now: datetime, *, days: float = 0, hours: float = 0) -> datetime:
    """A whole second that long before `now`."""
    return (now - timedelta(days=days, hours=hours)).replace(microsecond=0)
