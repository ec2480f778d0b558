"""A failure: why an agent could not do its work. Its owner sees it, the contact gets an apology.

What the host answers when it refuses a call is a `HostError`; one that the agent leaves alone becomes a failure of the
same kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from .wit import Err, types

ErrorCode = types.ErrorCode
FailureCode = types.FailureCode

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Failure(Exception):
    """Raised by an agent that cannot do its work."""

    def __init__(
        self,
        message: str,
        code: FailureCode = FailureCode.OTHER,
        *,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        #: Whether the same event may be tried again.
        self.retryable = retryable

    @classmethod
    def invalid(cls, message: str) -> Failure:
        """What came in cannot be handled."""
        return cls(message, FailureCode.INVALID_INPUT)

    @classmethod
    def not_found(cls, message: str) -> Failure:
        """Something that was named does not exist."""
        return cls(message, FailureCode.NOT_FOUND)

    @classmethod
    def unavailable(cls, message: str) -> Failure:
        """Something outside did not answer; the host may try the event again."""
        return cls(message, FailureCode.UNAVAILABLE, retryable=True)

    @classmethod
    def internal(cls, message: str) -> Failure:
        """A mistake in the agent."""
        return cls(message, FailureCode.INTERNAL)

    def to_wit(self) -> types.Failure:
        return types.Failure(self.code, self.message, self.retryable, [])


class Refused(Exception):
    """What an agent may handle, and what becomes a failure where it does not."""

    def as_failure(self) -> Failure:
        raise NotImplementedError


class NotBuiltIn(Refused):
    """The agent was built without a capability that it uses."""

    def __init__(self, capability: str) -> None:
        super().__init__(
            f"this agent was built without `{capability}`: add it to `capabilities` in cloister.toml, and build again"
        )

    def as_failure(self) -> Failure:
        return Failure.internal(str(self))


#: A call that the host finds invalid is the agent's mistake, not that of who wrote to it.
_FAILURES = {
    ErrorCode.DENIED: FailureCode.DENIED,
    ErrorCode.NOT_FOUND: FailureCode.NOT_FOUND,
    ErrorCode.LIMIT: FailureCode.LIMIT,
    ErrorCode.UNAVAILABLE: FailureCode.UNAVAILABLE,
    ErrorCode.INVALID: FailureCode.INTERNAL,
    ErrorCode.CONFLICT: FailureCode.INTERNAL,
    ErrorCode.UNSUPPORTED: FailureCode.INTERNAL,
}


class HostError(Refused):
    """The host did not do what it was asked."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def as_failure(self) -> Failure:
        code = _FAILURES.get(self.code, FailureCode.OTHER)
        retryable = code is FailureCode.UNAVAILABLE
        return Failure(self.message, code, retryable=retryable)


def ask(call: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
    """Makes a call of the host, whose refusal is a `HostError`."""
    try:
        return call(*arguments, **named)
    except Err as refused:
        error: Any = refused.value
        raise HostError(error.code, error.message) from None
