"""The in-memory host, as a test has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from typing import Any
from unittest.mock import patch

from .. import fetch
from ..context import Context
from ..event import Event
from ..failure import ErrorCode, Failure, Refused
from ..http import HttpError, Request, Response
from ..reply import replies
from ..wit import Err, interface, types
from .cron import Cron
from .world import Kept, Line, Sent, World, refused

_INTERFACES = (
    "history",
    "log",
    "model",
    "outbox",
    "progress",
    "schedule",
    "secrets",
    "state",
    "workspace",
)


class Said(list[types.Reply]):
    """What an agent answered."""

    @property
    def texts(self) -> list[str]:
        """The texts alone."""
        return [reply.text for reply in self]


@dataclass
class Fired:
    """A timer that came due, and what the agent made of it."""

    name: str
    said: Said | None
    failure: Failure | None


class Host:
    """A host with one agent on it, and one person who talks to it."""

    def __init__(
        self,
        agent: ModuleType,
        *,
        configuration: dict[str, Any] | None = None,
        denied: Iterable[str] = (),
    ) -> None:
        """`denied` are capabilities that its owner has not granted."""
        self._agent = agent
        self._world = World(set(denied))
        self._configuration = json.dumps(configuration or {})
        self._http: Callable[[Request], Response] | None = None
        #: What the agent asked servers.
        self.requests: list[Request] = []

    # What a test sets up.

    def answering(self, *answers: str) -> Host:
        """The model gives these answers, one after the other."""
        left = list(answers)
        host = interface("model")

        def script(_: Any) -> Any:
            if not left:
                why = "the test's model has no answer left"
                raise Err(host.Problem(host.Cause.UNAVAILABLE, why, None, None))
            return self.completion(left.pop(0))

        return self.with_model(script)

    def with_model(self, script: Callable[[Any], Any]) -> Host:
        """The model makes of each request what `script` says, a `completion`. Without one, there is none to ask."""
        self._world.script = script
        return self

    def completion(self, text: str) -> Any:
        """An answer of a model."""
        host = interface("model")
        parts = [host.Part_Text(text)]
        return host.Completion("test", parts, host.Finish.STOP, host.Usage(1, 1), [])

    def with_http(self, answer: Callable[[Request], Response]) -> Host:
        """Servers answer what `answer` says, which may raise an `HttpError`. Without it, no host is allowed."""
        self._http = answer
        return self

    def with_secret(self, name: str, *hosts: str) -> Host:
        """The owner has stored a secret for these hosts."""
        self._world.secrets[name] = list(hosts)
        return self

    # What happens.

    def say(self, text: str, attachments: Iterable[types.Attachment] = ()) -> Said:
        """The person says something. Raises the `Failure` of a turn that fails."""
        message_id = self._world.new_id()
        message = types.Message(
            message_id, _PERSON, text, list(attachments), None, self._world.now, []
        )
        return self._turn(types.EventBody_Message(message), (message_id, text))

    def press(self, value: str) -> Said:
        """The person presses the button with this value."""
        action = types.Action(self._world.new_id(), _PERSON, value, None, [])
        return self._turn(types.EventBody_Action(action))

    def notice(self, kind: str, data: Any = None) -> Said:
        """Something else happens."""
        return self._turn(types.EventBody_Notice(types.Notice(kind, json.dumps(data))))

    def advance(self, time: timedelta) -> list[Fired]:
        """Time goes by: the timers that come due, in order, and what the agent made of each."""
        world, fired = self._world, []
        end = world.now + time // timedelta(milliseconds=1)
        while True:
            due = [
                (timer.due_at, key) for key, timer in world.kept.timers.items() if timer.due_at <= end
            ]
            if not due:
                world.now = end
                return fired
            at, (conversation, name) = min(due)
            world.now = max(world.now, at)
            timer = world.kept.timers.pop((conversation, name))
            if timer.cron is not None:
                timer.due_at = Cron(timer.cron).after(at)
                world.kept.timers[conversation, name] = timer
            fired.append(self._fire(conversation, types.Timer(name, timer.payload, at)))

    def _fire(self, conversation: str, timer: types.Timer) -> Fired:
        world = self._world
        here, world.current = world.current, conversation
        try:
            said = self._turn(types.EventBody_Timer(timer))
            return Fired(timer.name, said, None)
        except Failure as failure:
            return Fired(timer.name, None, failure)
        finally:
            world.current = here

    def open_conversation(self) -> str:
        """Goes on in a new conversation, whose id it returns."""
        return self._world.open_conversation()

    def go_to(self, conversation_id: str) -> None:
        """Goes on in another conversation."""
        if conversation_id not in self._world.conversations:
            raise ValueError(f"there is no conversation `{conversation_id}`")
        self._world.current = conversation_id

    # What came of it.

    @property
    def log(self) -> list[Line]:
        """What the agent logged."""
        return self._world.log

    @property
    def signs(self) -> list[str]:
        """Its signs of life: `typing`, or its reply as far as it had come."""
        return self._world.signs

    @property
    def sent(self) -> list[Sent]:
        """What it said first."""
        return self._world.kept.outbox

    @property
    def asked(self) -> list[Any]:
        """What it asked the model."""
        return self._world.asked

    @property
    def kept(self) -> Kept:
        """Its state, timers and files."""
        return self._world.kept

    # A turn.

    def _turn(self, body: Any, message: tuple[str, str] | None = None) -> Said:
        world = self._world
        conversation = types.Conversation(world.current, _CHANNEL, "web", False, None, [])
        event = types.Event(
            world.new_id(), world.now, conversation, body, self._configuration, []
        )
        before, sent = deepcopy(world.kept), len(world.kept.outbox)
        try:
            with self._linked():
                said = Said(replies(self._agent.handle(Context(), Event(event))))
        except Refused as error:
            world.kept = before
            raise error.as_failure() from error
        except BaseException:
            world.kept = before
            raise
        finally:
            if message:
                world.remember(world.current, "CONTACT", *message)
        for reply in said:
            world.remember(world.current, "AGENT", world.new_id(), reply.text)
        for first in world.kept.outbox[sent:]:
            world.remember(first.conversation_id, "AGENT", world.new_id(), first.reply.text)
        return said

    @contextmanager
    def _linked(self) -> Iterator[None]:
        """Has the functions of the contract be those of the world."""
        with ExitStack() as stack:
            for name in _INTERFACES:
                bindings = interface(name)
                functions = [key for key in dir(World) if key.startswith(f"{name}_")]
                for key in functions if bindings else ():
                    call = self._denied(name) if name in self._world.denied else getattr(self._world, key)
                    stack.enter_context(patch.object(bindings, key.removeprefix(f"{name}_"), call))
            stack.enter_context(patch.object(fetch, "fetch", self._fetch))
            yield

    def _denied(self, name: str) -> Callable[..., Any]:
        def call(*_: Any) -> Any:
            why = f"the owner has not granted `{name}`"
            if name == "model":
                host = interface("model")
                raise Err(host.Problem(host.Cause.DENIED, why, None, None))
            raise refused(ErrorCode.DENIED, why)

        return call

    def _fetch(self, request: Request) -> tuple[int, list[tuple[str, str]], bytes]:
        if self._http is None or "http" in self._world.denied:
            raise fetch.Unanswered("DENIED", "the owner has not allowed this request")
        self.requests.append(request)
        try:
            answer = self._http(request)
        except HttpError as error:
            raise fetch.Unanswered(error.cause.name, error.message) from None
        return answer.status, answer.headers, answer.body


_CHANNEL = "00000000-0000-7000-8000-0000000000c0"
_PERSON = types.Contact("00000000-0000-7000-8000-0000000000c1", "ada", "Ada", None, [])
