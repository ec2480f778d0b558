"""The context: all that an agent may call while it handles one event. What its owner has not granted raises a `HostError`
with the code `DENIED`."""

from __future__ import annotations

from .history import History
from .http import Http
from .log import Log
from .model import Model
from .outbox import Outbox
from .progress import Progress
from .schedule import Schedule
from .secrets import Secrets
from .state import State
from .workspace import Workspace


class Context:
    """The host, as one call of the agent sees it."""

    def __init__(self) -> None:
        #: Lines for the agent's owner.
        self.log = Log()
        #: What the agent remembers.
        self.state = State()
        #: What was said in this conversation before.
        self.history = History()
        #: Signs of life while a turn runs.
        self.progress = Progress()
        #: Timers of this conversation.
        self.schedule = Schedule()
        #: Speaking first: messages that answer nothing.
        self.outbox = Outbox()
        #: The agent's files.
        self.workspace = Workspace()
        #: Asking a language model.
        self.model = Model()
        #: Requests to the outside.
        self.http = Http()
        #: What the owner has stored to be put into requests.
        self.secrets = Secrets()
