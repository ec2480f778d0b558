"""A reply: one message that the agent says. A turn answers with none, one or several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Union

from .wit import types

TextFormat = types.TextFormat


class Choice(types.Choice):
    """A button under a reply; its `value` comes back as an action."""

    def __init__(self, label: str, value: str) -> None:
        super().__init__(label, value, [])


class Attachment(types.Attachment):
    """A file that goes with a reply."""

    @classmethod
    def inline(cls, name: str, content_type: str, data: bytes) -> Attachment:
        """A small file, its bytes carried along."""
        source = types.AttachmentSource_Inline(data)
        return cls(name, content_type, len(data), source, [])

    @classmethod
    def url(cls, name: str, content_type: str, url: str) -> Attachment:
        """A file on the web, which the host fetches."""
        return cls(name, content_type, None, types.AttachmentSource_Url(url), [])

    @classmethod
    def workspace(cls, name: str, content_type: str, path: str) -> Attachment:
        """A file of the agent's workspace, by its path there."""
        return cls(name, content_type, None, types.AttachmentSource_Workspace(path), [])


class Reply(types.Reply):
    """One message that the agent says."""

    def __init__(
        self,
        text: str,
        *,
        markdown: bool = False,
        attachments: Iterable[types.Attachment] = (),
        choices: Iterable[types.Choice] = (),
        reply_to: str | None = None,
        structured: str | None = None,
    ) -> None:
        """`reply_to` is the id of the message that this one answers, `structured` JSON for a program at the other end."""
        super().__init__(
            text,
            TextFormat.MARKDOWN if markdown else TextFormat.PLAIN,
            list(attachments),
            list(choices),
            reply_to,
            structured,
            [],
        )


#: What an agent may return.
Replies = Union[None, str, types.Reply, Iterable[Union[str, types.Reply]]]


def replies(returned: Replies) -> list[types.Reply]:
    """What an agent returned, as the host takes it."""
    if returned is None:
        return []
    if isinstance(returned, (str, types.Reply)):
        returned = [returned]
    return [_reply(one) for one in returned]


def _reply(one: object) -> types.Reply:
    if isinstance(one, types.Reply):
        return one
    if isinstance(one, str):
        return Reply(one)
    raise TypeError(
        f"an agent returns nothing, a text, a Reply or a list of those, and not {type(one).__name__}"
    )
