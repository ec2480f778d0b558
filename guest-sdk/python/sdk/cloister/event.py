"""An event: one thing that happened, with which a turn starts."""

from __future__ import annotations

import json
from typing import Any

from .failure import Failure
from .wit import types

Action = types.Action
Contact = types.Contact
Conversation = types.Conversation
Message = types.Message
Notice = types.Notice
Timer = types.Timer


class Event:
    """What happened. Of `message`, `action`, `timer` and `notice`, one is there."""

    def __init__(self, event: types.Event) -> None:
        #: As the contract has it.
        self.wit = event
        #: The turn's id: the same when a turn is tried again.
        self.id: str = event.id
        #: Milliseconds since the Unix epoch.
        self.received_at: int = event.received_at
        self.conversation: Conversation = event.conversation
        body = event.body
        self.message: Message | None = (
            body.value if isinstance(body, types.EventBody_Message) else None
        )
        #: A button that was pressed.
        self.action: Action | None = (
            body.value if isinstance(body, types.EventBody_Action) else None
        )
        #: A timer that came due.
        self.timer: Timer | None = (
            body.value if isinstance(body, types.EventBody_Timer) else None
        )
        self.notice: Notice | None = (
            body.value if isinstance(body, types.EventBody_Notice) else None
        )

    @property
    def text(self) -> str:
        """What the person wrote: the text of a message, or nothing for any other event."""
        return self.message.text if self.message else ""

    @property
    def contact(self) -> Contact | None:
        """The person that the event came from; a timer and a notice come from nobody."""
        said = self.message or self.action
        return said.from_ if said else None

    @property
    def name(self) -> str:
        """The name to call that person by."""
        contact = self.contact
        if contact is None:
            return ""
        return contact.display_name or contact.platform_user_id

    @property
    def metadata(self) -> dict[str, str]:
        """What is known of the message, or of the event where it is none."""
        return dict(self.message.metadata if self.message else self.wit.metadata)

    def settings(self) -> dict[str, Any]:
        """The agent's configuration, as its owner wrote it. What is wrong with it is for them to mend."""
        try:
            settings = json.loads(self.wit.configuration or "{}")
        except ValueError as error:
            raise Failure.invalid(f"the agent's configuration: {error}") from None
        if not isinstance(settings, dict):
            raise Failure.invalid("the agent's configuration is no object")
        return settings
