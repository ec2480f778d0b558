"""The world of a test: what the in-memory host knows, behind the functions of the contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..failure import ErrorCode
from ..wit import Err, interface, types
from .cron import Cron

#: The sizes and counts that the contract names.
_KEY, _VALUE, _FILE, _PIECE = 256, 256 * 1024, 32 << 20, 1 << 20
_FURTHEST = 366 * 24 * 60 * 60 * 1000


@dataclass
class Line:
    """One line that the agent logged."""

    level: str
    message: str
    fields: dict[str, str]


@dataclass
class Sent:
    """One message that the agent spoke first."""

    conversation_id: str
    reply: types.Reply


@dataclass
class Timer:
    """One that is set."""

    due_at: int
    payload: bytes
    cron: str | None = None
    time_zone: str = ""


@dataclass
class Kept:
    """What a turn changes: kept when it ends well, put back when it fails."""

    agent_state: dict[str, bytes] = field(default_factory=dict)
    conversation_state: dict[str, dict[str, bytes]] = field(default_factory=dict)
    #: By conversation and name.
    timers: dict[tuple[str, str], Timer] = field(default_factory=dict)
    outbox: list[Sent] = field(default_factory=list)
    #: By path: what is in it, its media type, when it was written.
    files: dict[str, tuple[bytes, str, int]] = field(default_factory=dict)


def refused(code: ErrorCode, message: str) -> Err:
    return Err(types.Error(code, message))


def _sized(what: str, size: int, least: int, most: int) -> None:
    if not least <= size <= most:
        code = ErrorCode.LIMIT if size > most else ErrorCode.INVALID
        raise refused(code, f"{what} is {least} to {most}, not {size}")


class World:
    """All that there is. Each of its `<interface>_<function>` stands for that function of the contract."""

    def __init__(self, denied: set[str]) -> None:
        #: 2026-01-01T00:00:00Z
        self.now = 1_767_225_600_000
        self.denied = denied
        self.conversations: list[str] = []
        self.current = ""
        self.history: dict[str, list[tuple[str, str, str]]] = {}
        self.kept = Kept()
        self.log: list[Line] = []
        self.signs: list[str] = []
        self.secrets: dict[str, list[str]] = {}
        #: What the model answers; without it there is none.
        self.script: Callable[[Any], Any] | None = None
        self.asked: list[Any] = []
        self._ids = 0
        self.open_conversation()

    def new_id(self) -> str:
        self._ids += 1
        return f"00000000-0000-7000-8000-{self._ids:012x}"

    def open_conversation(self) -> str:
        self.current = self.new_id()
        self.conversations.append(self.current)
        return self.current

    def remember(self, conversation: str, speaker: str, message_id: str, text: str) -> None:
        self.history.setdefault(conversation, []).append((speaker, message_id, text))

    # Log and progress.

    def log_write(self, level: Any, message: str, fields: list[tuple[str, str]]) -> None:
        cut = message.encode()[: 4 * 1024].decode("utf-8", "ignore")
        self.log.append(Line(level.name, cut, dict(fields)))

    def progress_typing(self) -> None:
        self.signs.append("typing")

    def progress_partial(self, text: str) -> None:
        self.signs.append(text)

    # State.

    def _values(self, scope: Any) -> dict[str, bytes]:
        if scope.name == "AGENT":
            return self.kept.agent_state
        return self.kept.conversation_state.setdefault(self.current, {})

    def state_get(self, scope: Any, key: str) -> bytes | None:
        _sized("a state key", len(key.encode()), 1, _KEY)
        return self._values(scope).get(key)

    def state_set(self, scope: Any, key: str, value: bytes) -> None:
        _sized("a state key", len(key.encode()), 1, _KEY)
        _sized("a state value", len(value), 0, _VALUE)
        self._values(scope)[key] = bytes(value)

    def state_delete(self, scope: Any, key: str) -> bool:
        return self._values(scope).pop(key, None) is not None

    def state_keys(self, scope: Any, prefix: str, after: str | None, limit: int) -> list[str]:
        _sized("the number of keys asked for", limit, 1, 1_000)
        return _page(self._values(scope), prefix, after, limit)

    # History.

    def history_recent(self, limit: int, before: str | None) -> list[Any]:
        _sized("the number of messages asked for", limit, 1, 200)
        host = interface("history")
        said = self.history.get(self.current, [])
        if before is not None:
            places = [place for place, (_, id, _) in enumerate(said) if id == before]
            if not places:
                raise refused(ErrorCode.NOT_FOUND, f"there is no message `{before}`")
            said = said[: places[0]]
        return [
            host.Entry(id, host.Speaker[speaker], None, text, [], self.now)
            for speaker, id, text in said[-limit:]
        ]

    # Speaking first, and timers.

    def outbox_send(self, conversation_id: str, reply: types.Reply) -> str:
        if conversation_id not in self.conversations:
            raise refused(ErrorCode.NOT_FOUND, f"there is no conversation `{conversation_id}`")
        self.kept.outbox.append(Sent(conversation_id, reply))
        return self.new_id()

    def schedule_set(self, name: str, due: Any, payload: bytes) -> None:
        at = due.value if type(due).__name__ == "Due_At" else self.now + due.value
        if at > self.now + _FURTHEST:
            raise refused(ErrorCode.INVALID, "a timer is at most 366 days ahead")
        self._set_timer(name, Timer(at, bytes(payload)))

    def schedule_repeat(self, name: str, cron: str, time_zone: str, payload: bytes) -> int:
        try:
            first = Cron(cron).after(self.now)
        except ValueError as error:
            raise refused(ErrorCode.INVALID, str(error)) from None
        set_before = self.kept.timers.get((self.current, name))
        if set_before and (set_before.cron, set_before.time_zone) == (cron, time_zone):
            first = set_before.due_at
        self._set_timer(name, Timer(first, bytes(payload), cron, time_zone))
        return first

    def _set_timer(self, name: str, timer: Timer) -> None:
        _sized("a timer's name", len(name.encode()), 1, 128)
        _sized("a timer's payload", len(timer.payload), 0, 64 * 1024)
        self.kept.timers[self.current, name] = timer

    def schedule_cancel(self, name: str) -> bool:
        return self.kept.timers.pop((self.current, name), None) is not None

    def _timers(self) -> list[tuple[str, Timer]]:
        timers = self.kept.timers.items()
        return [(name, timer) for (where, name), timer in timers if where == self.current]

    def schedule_entries(self) -> list[Any]:
        entry = interface("schedule").Entry
        return [entry(name, timer.due_at) for name, timer in self._timers()]

    def schedule_recurrences(self) -> list[Any]:
        recurrence = interface("schedule").Recurrence
        return [
            recurrence(name, timer.cron, timer.time_zone, timer.due_at)
            for name, timer in self._timers()
            if timer.cron is not None
        ]

    # Secrets.

    def secrets_entries(self) -> list[Any]:
        secret = interface("secrets").Secret
        return [
            secret(name, "{{secret:" + name + "}}", hosts)
            for name, hosts in sorted(self.secrets.items())
        ]

    # Files.

    def _file(self, path: str) -> tuple[bytes, str, int]:
        try:
            return self.kept.files[path]
        except KeyError:
            raise refused(ErrorCode.NOT_FOUND, f"there is no file `{path}`") from None

    def _entry(self, path: str) -> Any:
        data, content_type, at = self._file(path)
        return interface("workspace").Entry(path, len(data), content_type, at)

    def workspace_entries(self, prefix: str, after: str | None, limit: int) -> list[Any]:
        _sized("the number of files asked for", limit, 1, 1_000)
        return [self._entry(path) for path in _page(self.kept.files, prefix, after, limit)]

    def workspace_stat(self, path: str) -> Any:
        return self._entry(path)

    def workspace_read(self, path: str, offset: int, length: int) -> bytes:
        _sized("the number of bytes asked for", length, 1, _PIECE)
        return self._file(path)[0][offset : offset + length]

    def workspace_write(self, path: str, data: bytes, content_type: str | None) -> None:
        _sized("what is written in one call", len(data), 0, _PIECE)
        parts = path.split("/")
        if not path or any(part in ("", ".", "..") for part in parts):
            raise refused(ErrorCode.INVALID, f"`{path}` is no path of a workspace")
        had = self.kept.files.get(path, (b"", "application/octet-stream", 0))
        self.kept.files[path] = (bytes(data), content_type or had[1], self.now)

    def workspace_append(self, path: str, data: bytes) -> None:
        had = self.kept.files.get(path)
        if had is None:
            return self.workspace_write(path, data, None)
        _sized("a file", len(had[0]) + len(data), 0, _FILE)
        self.kept.files[path] = (had[0] + data, had[1], self.now)

    def workspace_delete(self, path: str) -> bool:
        return self.kept.files.pop(path, None) is not None

    # The model.

    def model_complete(self, request: Any) -> Any:
        if self.script is None:
            host = interface("model")
            why = "this agent has no model to ask: its owner has to set one up"
            raise Err(host.Problem(host.Cause.NOT_CONFIGURED, why, None, None))
        self.asked.append(request)
        return self.script(request)

    def model_open_stream(self, request: Any) -> Any:
        return _Stream(self.model_complete(request))


class _Stream:
    """An answer that comes a word at a time."""

    def __init__(self, completion: Any) -> None:
        host = interface("model")
        text = "".join(part.value for part in completion.parts if isinstance(part, host.Part_Text))
        words = [word + " " for word in text.split(" ")]
        if words:
            words[-1] = words[-1][:-1]
        self._pieces = [host.Piece_Text(word) for word in words] + [host.Piece_End(completion)]

    def next(self) -> Any:
        return self._pieces.pop(0) if self._pieces else None

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _page(all_: dict[str, Any], prefix: str, after: str | None, limit: int) -> list[str]:
    keys = sorted((key for key in all_ if key.startswith(prefix)), key=str.encode)
    if after is not None:
        keys = [key for key in keys if key.encode() > after.encode()]
    return keys[:limit]
