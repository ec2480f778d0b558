"""What `./build` makes a component of: the author's agent behind the contract's export."""

from types import ModuleType

# What Python would load at its first use, when nothing can be loaded any more.
import _strptime  # noqa: F401
import encodings.ascii  # noqa: F401
import encodings.cp1252  # noqa: F401
import encodings.idna  # noqa: F401
import encodings.latin_1  # noqa: F401
import encodings.utf_16  # noqa: F401
import encodings.utf_8_sig  # noqa: F401

import agent
from cloister.entry import handle
from cloister.rehearsal import rehearse
from wit_world import exports


def handler(agent: ModuleType):
    class Handler(exports.Handler):
        def handle(self, event):
            return handle(agent, event)

    return Handler


rehearse(handler)
Handler = handler(agent)
