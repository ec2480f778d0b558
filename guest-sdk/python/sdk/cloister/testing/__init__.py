"""An in-memory host, for tests that take neither a host nor WebAssembly.

    import agent
    from cloister.testing import Host

    host = Host(agent)
    assert host.say("good morning").texts == ["Hello! You said: good morning"]

It keeps what a turn changes when the turn ends well, and puts it back when it fails. Its clock moves only by `advance`, and
shows UTC in every time zone.
"""

from .host import Fired, Host, Said
from .world import Line, Sent

__all__ = ["Fired", "Host", "Line", "Said", "Sent"]
