"""The rehearsal: turns of a pretend agent while the component is built. Python's interpreter fits code to the types that it
meets, and keeps where it found what it looked for: a turn begins with what there is of that. The author's agent has no part in
it, and no function of the host is called."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from types import ModuleType
from typing import Any

import componentize_py_runtime as runtime

from .context import Context
from .event import Event
from .wit import Ok, interface, types

#: After fewer, some code is not fitted yet.
_TURNS = 20


def rehearse(handler: Callable[[ModuleType], Any]) -> None:
    """`handler` makes what a component exports of its agent."""
    agent = ModuleType("agent")
    agent.handle = _handle
    exported = handler(agent)()
    host, runtime.call_import = runtime.call_import, lambda *_: Ok(b"{}")
    try:
        for _ in range(_TURNS):
            # As the runtime does at the beginning of each turn.
            random.seed()
            [said] = exported.handle(_event())
            said.format.value
    finally:
        runtime.call_import = host
    # What there is now is there to stay: no turn looks for garbage in it.
    gc.collect()
    gc.freeze()


def _event() -> types.Event:
    """An event as the runtime makes it, which calls a type otherwise than code in Python does."""
    nobody = types.Contact(*("", "", "", None, []))
    message = types.Message(*("", nobody, "text", [], None, 0, []))
    conversation = types.Conversation(*("", "", "", False, None, []))
    body = types.EventBody_Message(*(message,))
    return types.Event(*("", 0, conversation, body, "{}", []))


def _handle(cx: Context, event: Event) -> str:
    if interface("log"):
        cx.log.info(event.name, key=event.text)
    if interface("state"):
        cx.state.conversation.set("key", cx.state.agent.get("key"))
    return event.text
