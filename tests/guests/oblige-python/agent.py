"""An agent that does what a test asks it for, in the first word of a message: each capability of the SDK once, and what a guest
in Python can do wrong."""

import os
import random
import socket
import sys
import time
from datetime import timedelta

from cloister import Attachment, Choice, Context, Event, Failure, HostError, HttpError, ModelError, NotBuiltIn, Reply


def handle(cx: Context, event: Event):
    if event.timer:
        return f"{event.timer.name}: {event.timer.payload.decode()}"
    if event.action:
        return f"You chose {event.action.value}."
    word, _, rest = event.text.partition(" ")
    act = ACTS.get(word)
    if act is None:
        return event.text
    try:
        return act(cx, event, rest)
    except (HostError, ModelError, HttpError, NotBuiltIn) as error:
        kind = getattr(error, "code", None) or getattr(error, "cause", None)
        return f"{type(error).__name__} {kind.name if kind else ''}: {error}"


def remember(cx, _, rest):
    """Counts by key, in each scope."""
    scopes = [cx.state.agent, cx.state.conversation]
    for scope in scopes:
        scope.set(rest, scope.get(rest, 0) + 1)
    return " ".join(str(scope.get(rest)) for scope in scopes) + f" {cx.state.agent.keys()}"


def forget(cx, _, rest):
    return str(cx.state.conversation.delete(rest))


def recall(cx, _, rest):
    return " | ".join(f"{entry.speaker.name}: {entry.text}" for entry in cx.history.recent(int(rest)))


def later(cx, _, rest):
    cx.schedule.after("soon", timedelta(milliseconds=10), rest)
    return f"{[entry.name for entry in cx.schedule.entries()]}"


def daily(cx, _, rest):
    """Every working day at half past eight."""
    cx.schedule.repeat("news", "30 8 * * MON-FRI", "UTC", rest)
    [news] = cx.schedule.recurrences()
    return f"{news.name} {news.cron} {news.due_at % 86_400_000 // 60_000}"


def stop(cx, _, rest):
    return str(cx.schedule.cancel(rest))


def speak(cx, event, rest):
    cx.outbox.send(event.conversation.id, f"first: {rest}")
    return "said"


def keep(cx, _, rest):
    cx.workspace.write("notes/one.txt", rest.encode())
    cx.workspace.append("notes/one.txt", b"!")
    paths = [entry.path for entry in cx.workspace.entries("notes/")]
    read = cx.workspace.read("notes/one.txt").decode()
    return f"{paths} {read} {cx.workspace.exists('no')}"


def ask(cx, _, rest):
    answer = cx.model.complete(rest, system="Be brief.")
    return f"{answer.text} ({answer.wit.finish.name})"


def stream(cx, _, rest):
    pieces = []
    for piece in cx.model.stream(rest):
        if isinstance(piece, str):
            pieces.append(piece)
            cx.progress.partial("".join(pieces))
        else:
            return f"{len(pieces)} pieces: {piece.text}"
    return "it broke off"


def tool(cx, _, rest):
    schema = '{"type": "object", "properties": {"place": {"type": "string"}}}'
    tools = [cx.model.tool("where", "Where one is", schema)]
    said = [cx.model.user(rest)]
    first = cx.model.complete(said, tools=tools)
    [call] = first.tool_calls
    said += [first.message, cx.model.results([(call, "Bern")])]
    return f"{call.name}({call.arguments}): {cx.model.complete(said, tools=tools).text}"


def fetch(cx, _, rest):
    method, url, *body = rest.split(" ", 2)
    key = cx.secrets.placeholder("key")
    answer = cx.http.request(method, url, bearer=key, body="".join(body).encode(), headers={"X-Asked": "yes"})
    return f"{answer.status} {answer.header('content-type')} {answer.text[:200]}"


def offer(_, __, rest):
    return [
        Reply("Which one?", choices=[Choice(word, word) for word in rest.split()]),
        Reply("*Or* this:", markdown=True, attachments=[Attachment.inline("a.txt", "text/plain", b"a")]),
    ]


def look(_, __, ___):
    """What there is of the machine: nothing."""
    found = []
    for what, probe in [
        ("environment", lambda: dict(os.environ)),
        ("root", lambda: os.listdir("/")),
        ("passwd", lambda: open("/etc/passwd").read()),
        ("socket", lambda: socket.create_connection(("127.0.0.1", 80), timeout=1)),
        ("name", lambda: socket.getaddrinfo("example.com", 80)),
    ]:
        try:
            found.append(f"{what}: {probe()!r}")
        except (OSError, ValueError) as error:
            found.append(f"{what}: no ({type(error).__name__})")
    found.append(f"random: {0 <= random.random() < 1}")
    found.append(f"clock: {time.time() > 1_700_000_000}")
    return ", ".join(found)


def shout(_, __, rest):
    print(rest)
    print(rest, file=sys.stderr)
    return "printed"


def grow(_, __, ___):
    """Takes memory until there is none."""
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def hold(_, __, rest):
    """So many MiB, and lets go of them."""
    return str(len(bytearray(int(rest) << 20)))


def spin(_, __, ___):
    while True:
        pass


def recurse(cx, event, rest):
    return recurse(cx, event, rest)


def divide(_, __, rest):
    return str(1 / int(rest))


def decline(_, __, rest):
    raise Failure.unavailable(rest)


def half_done(cx, event, _):
    cx.state.conversation.set("half", True)
    cx.outbox.send(event.conversation.id, "half")
    raise Failure.internal("only half of it is done")


ACTS = {
    "remember": remember,
    "forget": forget,
    "recall": recall,
    "later": later,
    "daily": daily,
    "stop": stop,
    "speak": speak,
    "keep": keep,
    "ask": ask,
    "stream": stream,
    "tool": tool,
    "fetch": fetch,
    "offer": offer,
    "look": look,
    "shout": shout,
    "grow": grow,
    "hold": hold,
    "spin": spin,
    "recurse": recurse,
    "divide": divide,
    "decline": decline,
    "half_done": half_done,
}
