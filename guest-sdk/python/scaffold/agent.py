"""An agent for Cloister: it is handed one event at a time and answers with replies."""

from cloister import Context, Event


def handle(cx: Context, event: Event):
    if event.message is None:
        return None
    cx.log.info("someone is here")
    return f"Hello! You said: {event.text}"
