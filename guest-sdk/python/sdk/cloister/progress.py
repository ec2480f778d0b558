"""Progress: signs of life while a turn runs. They go out at once and are not part of the turn's outcome."""

from __future__ import annotations

from .failure import HostError, ask
from .part import Part


class Progress(Part):
    """Shows signs of life. One that the host or the channel refuses is dropped: no turn should fail for want of one."""

    capability = "progress"

    def typing(self) -> None:
        """Shows that the agent is typing, where the channel can."""
        host = self._host
        try:
            ask(host.typing)
        except HostError:
            pass

    def partial(self, text: str) -> None:
        """Shows the reply as far as it has come; each call replaces the one before."""
        host = self._host
        try:
            ask(host.partial, text)
        except HostError:
            pass
