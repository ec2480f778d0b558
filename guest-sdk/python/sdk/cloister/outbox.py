"""The outbox: speaking first, in a conversation that the agent serves."""

from __future__ import annotations

from .failure import ask
from .part import Part
from .reply import Reply
from .wit import types


class Outbox(Part):
    """Sends messages that answer nothing."""

    capability = "outbox"

    def send(self, conversation_id: str, reply: str | types.Reply) -> str:
        """Says `reply` in a conversation when this turn ends well. Returns the message's id."""
        said = Reply(reply) if isinstance(reply, str) else reply
        return ask(self._host.send, conversation_id, said)
