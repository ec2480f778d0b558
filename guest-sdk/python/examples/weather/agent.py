"""Tells the weather: asks a server for it, and a language model to say it in the words of whoever asks.

Its owner allows it `http` to the server, stores the server's key as the secret `weather`, and sets `url` in its configuration.
"""

import json
from urllib.parse import quote

from cloister import Context, Event, Failure, HttpError, ModelError

SYSTEM = (
    "You tell the weather in one sentence, in the language of the question, from what was measured. "
    "Add nothing that was not measured."
)


def handle(cx: Context, event: Event):
    place = event.text.strip().strip("?").removeprefix("weather in ").strip()
    if not place:
        return "Where?"
    try:
        measured = measure(cx, event, place)
    except HttpError as problem:
        cx.log.warn(problem.message, cause=problem.cause.name)
        return "I cannot reach the weather's server now."
    if measured is None:
        return f"I know of no place called {place}."
    cx.state.conversation.set("place", place)
    return say(cx, event.text, measured)


def measure(cx: Context, event: Event, place: str):
    """What the server measures there, or nothing where it knows no such place."""
    url = event.settings().get("url")
    if not url:
        raise Failure.invalid("set `url` in the configuration: the address of the weather's server")
    key = cx.secrets.placeholder("weather")
    answer = cx.http.get(f"{url}/now?place={quote(place)}", bearer=key, timeout=10)
    if answer.status == 404:
        return None
    measured = answer.success().json()
    cx.log.info("measured", place=place, status=answer.status)
    return measured


def say(cx: Context, question: str, measured: dict):
    """The weather in words; in plain ones where there is no model to ask."""
    try:
        cx.progress.typing()
        asked = f"{question}\n\nMeasured: {json.dumps(measured)}"
        return cx.model.complete(asked, system=SYSTEM, max_output_tokens=200).text
    except ModelError as problem:
        cx.log.warn(problem.message, cause=problem.cause.name)
        return f"{measured['place']}: {measured['sky']}, {measured['celsius']} °C."

