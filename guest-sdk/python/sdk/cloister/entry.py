"""The edge of the component: hands an event to the author's agent, and its answer back to the host."""

from __future__ import annotations

import sys
import traceback
from types import ModuleType

from .context import Context
from .event import Event
from .failure import Failure, FailureCode, HostError, NotBuiltIn, Refused
from .reply import replies
from .wit import Err, types


# Made before memory is short.
_TOO_LARGE = Failure("MemoryError: it needs more memory than it may have", FailureCode.LIMIT)


def handle(agent: ModuleType, event: types.Event) -> list[types.Reply]:
    """Has the agent handle one event. A failure of any kind is raised as the contract has it."""
    cx = Context()
    try:
        return replies(agent.handle(cx, Event(event)))
    except Failure as failure:
        raise Err(failure.to_wit()) from None
    except Refused as refused:
        raise Err(refused.as_failure().to_wit()) from None
    except MemoryError:
        _tell(cx)
        raise Err(_TOO_LARGE.to_wit()) from None
    except Exception as error:
        _tell(cx)
        message = f"{type(error).__name__}: {error}"
        raise Err(Failure.internal(message).to_wit()) from None


def _tell(cx: Context) -> None:
    """Tells the owner where in the agent's code it happened."""
    trace = traceback.format_exc()
    try:
        cx.log.error(trace)
    except (HostError, NotBuiltIn):
        # Standard error is the log's as well, at a level that fewer look at.
        print(trace, file=sys.stderr)
