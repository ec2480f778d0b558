"""Cloister's SDK: an agent is handed one event at a time and answers with replies.

An agent is a module `agent` with one function:

    from cloister import Context, Event

    def handle(cx: Context, event: Event):
        return f"Hello! You said: {event.text}"

It returns nothing, a text, a `Reply`, or a list of those. What it raises undoes the turn: its owner sees why, and the
contact gets an apology.

All types that the host knows are generated from its contract (`.cloister/sdk/wit`) by `./build --types`. Everything that
the agent imports has to be imported when its module is: nothing can be loaded while it runs.
"""

from .context import Context
from .event import Event
from .failure import Failure, FailureCode, HostError, NotBuiltIn
from .http import HttpError, Request, Response
from .model import ModelError
from .reply import Attachment, Choice, Reply, TextFormat

__all__ = [
    "Attachment",
    "Choice",
    "Context",
    "Event",
    "Failure",
    "FailureCode",
    "HostError",
    "HttpError",
    "ModelError",
    "NotBuiltIn",
    "Reply",
    "Request",
    "Response",
    "TextFormat",
]
