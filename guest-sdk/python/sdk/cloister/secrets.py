"""Secrets that the owner has stored for the agent. The agent never sees one: it writes the placeholder of one into a
request, and the host puts the secret there for the hosts that it is for."""

from __future__ import annotations

from typing import Any

from .failure import ask
from .part import Part


class Secrets(Part):
    """What there is to be put into requests."""

    capability = "secrets"

    def placeholder(self, name: str) -> str:
        """What to write in the place of the secret of this name: in the value of a header, in a path or query, in a body of
        JSON, of a form or of plain text."""
        return "{{secret:" + name + "}}"

    def entries(self) -> list[Any]:
        """All that there are: each has a `name`, a `placeholder` and the `hosts` that it is for."""
        return ask(self._host.entries)
