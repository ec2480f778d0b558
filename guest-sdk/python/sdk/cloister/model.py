"""Asking a language model. Which one is the owner's choice, and so is what it may cost.

    answer = cx.model.complete(event.text, system="Answer in one line.")
    return answer.text
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from .failure import Failure, FailureCode, Refused
from .part import Part
from .wit import Err, interface

_T = TypeVar("_T")


class ModelError(Refused):
    """There is no answer."""

    def __init__(self, problem: Any) -> None:
        super().__init__(problem.message)
        #: What kind of problem it is, such as `NOT_CONFIGURED` or `TIMED_OUT`.
        self.cause = problem.cause
        #: A sentence for the owner.
        self.message: str = problem.message
        #: What the provider answered with, where it did.
        self.status: int | None = problem.status
        #: After how many milliseconds it may be asked again, where that is known.
        self.retry_after: int | None = problem.retry_after

    def as_failure(self) -> Failure:
        name = self.cause.name
        code = _FAILURES.get(name, FailureCode.OTHER)
        # The host has tried again already: once more, a little later, may help all the same.
        retryable = code is FailureCode.UNAVAILABLE
        return Failure(self.message, code, retryable=retryable)


#: A request that cannot be asked is the agent's mistake.
_FAILURES = {
    "DENIED": FailureCode.DENIED,
    "NOT_CONFIGURED": FailureCode.NOT_FOUND,
    "LIMIT": FailureCode.LIMIT,
    "RATE_LIMITED": FailureCode.UNAVAILABLE,
    "TIMED_OUT": FailureCode.UNAVAILABLE,
    "CUT": FailureCode.UNAVAILABLE,
    "UNAVAILABLE": FailureCode.UNAVAILABLE,
    "INVALID": FailureCode.INTERNAL,
}


class Answer:
    """What a model said."""

    def __init__(self, completion: Any) -> None:
        #: As the contract has it: `model`, `parts`, `finish`, `usage`.
        self.wit = completion

    @property
    def text(self) -> str:
        """All of its text."""
        return "".join(part.value for part in self._parts("Part_Text"))

    @property
    def tool_calls(self) -> list[Any]:
        """The tools that it calls: each has an `id`, a `name`, and `arguments` in JSON."""
        return [part.value for part in self._parts("Part_ToolCall")]

    @property
    def message(self) -> Any:
        """The same as a message, for the next request."""
        host = _bindings()
        return host.Message(host.Role.ASSISTANT, list(self.wit.parts))

    def _parts(self, kind: str) -> Iterator[Any]:
        wanted = getattr(_bindings(), kind)
        return (part for part in self.wit.parts if isinstance(part, wanted))


class Model(Part):
    """Asks a language model. What is said to it is a text, or a list of messages."""

    capability = "model"

    def complete(self, messages: str | Iterable[Any], **options: Any) -> Answer:
        """Asks, and waits for the whole answer.

        `options` are `system` (what the model is to be and do), `tools`, `tool_choice`, `output_schema` (JSON Schema, as
        text), `max_output_tokens` and `temperature` (in hundredths: 0 to 200)."""
        host = self._host
        return Answer(_ask(host.complete, _request(host, messages, **options)))

    def stream(self, messages: str | Iterable[Any], **options: Any) -> Iterator[str | Answer]:
        """Asks, and reads the answer as it comes: more of its text each time, and at last the `Answer`, whole. One that is
        not read to its end is not kept with the turn."""
        host = self._host
        stream = _ask(host.open_stream, _request(host, messages, **options))
        with stream:
            while (piece := _ask(stream.next)) is not None:
                if isinstance(piece, host.Piece_End):
                    yield Answer(piece.value)
                    return
                yield piece.value

    def system(self, text: str) -> Any:
        """A message that says what the model is to be and do."""
        return self._message("SYSTEM", text)

    def user(self, text: str, images: Iterable[tuple[str, bytes]] = ()) -> Any:
        """What someone said to the model, with images: media type and bytes."""
        message = self._message("USER", text)
        host = self._host
        for content_type, data in images:
            message.parts.append(host.Part_Image(host.Image(content_type, data)))
        return message

    def assistant(self, text: str) -> Any:
        """What the model said itself."""
        return self._message("ASSISTANT", text)

    def tool(self, name: str, description: str, input_schema: str) -> Any:
        """A tool that the model may call, which takes what fits a JSON Schema: JSON text of an object."""
        return self._host.Tool(name, description, input_schema)

    def results(self, results: Iterable[tuple[Any, str]]) -> Any:
        """What the tools of the last answer gave: each of its calls with its result. All of them are one message."""
        host = self._host
        parts = [
            host.Part_ToolResult(host.ToolResult(call.id, content, False))
            for call, content in results
        ]
        return host.Message(host.Role.USER, parts)

    def _message(self, role: str, text: str) -> Any:
        host = self._host
        return host.Message(host.Role[role], [host.Part_Text(text)])


def _request(
    host: Any,
    messages: str | Iterable[Any],
    *,
    system: str | None = None,
    tools: Iterable[Any] = (),
    tool_choice: Any = None,
    output_schema: str | None = None,
    max_output_tokens: int | None = None,
    temperature: int | None = None,
) -> Any:
    def said(role: Any, text: str) -> Any:
        return host.Message(role, [host.Part_Text(text)])

    if isinstance(messages, str):
        messages = [said(host.Role.USER, messages)]
    first = [said(host.Role.SYSTEM, system)] if system is not None else []
    return host.Request(
        first + list(messages),
        list(tools),
        tool_choice or host.ToolChoice_Automatic(),
        output_schema,
        max_output_tokens,
        temperature,
        [],
    )


def _ask(call: Callable[..., _T], *arguments: Any) -> _T:
    try:
        return call(*arguments)
    except Err as refused:
        raise ModelError(refused.value) from None


def _bindings() -> Any:
    # Whoever has an answer was built with it.
    return interface("model")
