"""The schedule: timers of this conversation. One that comes due starts a turn with a `timer` event; one that repeats starts
one for each of its slots."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .failure import ask
from .part import Part

_MILLISECOND = timedelta(milliseconds=1)


class Schedule(Part):
    """Sets and cancels timers. A name is 1 to 128 bytes, a payload at most 64 KiB, the time at most 366 days ahead."""

    capability = "schedule"

    def after(self, name: str, time: timedelta, payload: bytes | str = b"") -> None:
        """Sets the timer `name` to come due after a time, counted from the end of this turn."""
        due = self._host.Due_After(time // _MILLISECOND)
        ask(self._host.set, name, due, _bytes(payload))

    def at(self, name: str, time: datetime, payload: bytes | str = b"") -> None:
        """Sets the timer `name` to come due at a time, which has a time zone."""
        if time.tzinfo is None:
            raise ValueError("a time without a time zone is no time")
        due = self._host.Due_At(int(time.timestamp() * 1000))
        ask(self._host.set, name, due, _bytes(payload))

    def repeat(
        self, name: str, cron: str, time_zone: str, payload: bytes | str = b""
    ) -> int:
        """Sets the timer `name` to come due at each minute that `cron` names by the clock of `time_zone`, until it is
        cancelled. Returns the first slot, in milliseconds since the Unix epoch.

        `cron` has five fields: minute, hour, day of the month, month, day of the week, such as `30 8 * * MON-FRI`;
        `time_zone` is a name of the IANA database. What is set with the same two already goes on where it is."""
        return ask(self._host.repeat, name, cron, time_zone, _bytes(payload))

    def cancel(self, name: str) -> bool:
        """Cancels a timer. Returns whether there was such a timer."""
        return ask(self._host.cancel, name)

    def entries(self) -> list[Any]:
        """The timers that are set: each has a `name` and `due_at`."""
        return ask(self._host.entries)

    def recurrences(self) -> list[Any]:
        """The timers that repeat: each has a `name`, `cron`, `time_zone` and `due_at`."""
        return ask(self._host.recurrences)


def _bytes(payload: bytes | str) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload
