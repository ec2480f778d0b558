"""The log: lines for the agent's owner. A line goes out even when the turn fails."""

from __future__ import annotations

from .failure import HostError, ask
from .part import Part


class Log(Part):
    """Writes lines, with fields by which they can be found. One that the host refuses is dropped: no agent should fail for
    want of a log."""

    capability = "log"

    def debug(self, message: object, **fields: object) -> None:
        """What only the agent's author wants to know."""
        self._write("DEBUG", message, fields)

    def info(self, message: object, **fields: object) -> None:
        """What the owner may want to know."""
        self._write("INFO", message, fields)

    def warn(self, message: object, **fields: object) -> None:
        """What the owner should look at."""
        self._write("WARN", message, fields)

    def error(self, message: object, **fields: object) -> None:
        """What went wrong."""
        self._write("ERROR", message, fields)

    def _write(self, level: str, message: object, fields: dict[str, object]) -> None:
        host = self._host
        pairs = [(name, str(value)) for name, value in fields.items()]
        try:
            ask(host.write, host.Level[level], str(message), pairs)
        except HostError:
            pass
