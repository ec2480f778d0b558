"""The history: what was said in this conversation before."""

from __future__ import annotations

from typing import Any

from .failure import ask
from .part import Part


class History(Part):
    """Reads what was said."""

    capability = "history"

    def recent(self, limit: int = 20, before: str | None = None) -> list[Any]:
        """The newest `limit` (1 to 200) messages before the one that this turn handles, or before the message with the id
        `before`; the oldest first. Each has an `id`, a `speaker` (`CONTACT`, `AGENT` or `TEAM`), a `name` where it is known,
        its `text`, its `attachments`, and `at`, milliseconds since the Unix epoch."""
        return ask(self._host.recent, limit, before)
