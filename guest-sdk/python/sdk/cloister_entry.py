"""What `./build` makes a component of: the author's agent behind the contract's export."""

import agent
from cloister.entry import handle
from wit_world import exports


class Handler(exports.Handler):
    def handle(self, event):
        return handle(agent, event)
