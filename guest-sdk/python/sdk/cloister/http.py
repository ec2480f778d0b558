"""Requests to the outside, to the hosts that the owner allows. Each is asked whole and answered whole; no redirect is
followed. A secret of the owner's is put in by the host: the agent writes its placeholder.

    key = cx.secrets.placeholder("weather")
    today = cx.http.get("https://weather.example/today", bearer=key).success().json()
"""

from __future__ import annotations

import json as encoding
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from . import fetch
from .failure import Failure, FailureCode, NotBuiltIn, Refused
from .wit import interface


class Cause(Enum):
    """What kind of problem it is."""

    #: The owner has not granted `http`, or not that host, or a secret is not for it.
    DENIED = auto()
    #: The host is in a private network.
    PROHIBITED = auto()
    #: It cannot be sent so.
    INVALID = auto()
    #: Too many requests in this turn, or at once.
    TOO_MANY = auto()
    #: There is no such host.
    NO_SUCH_HOST = auto()
    #: No connection came about.
    UNREACHABLE = auto()
    #: No connection or no answer in time.
    TIMED_OUT = auto()
    #: The answer broke off, or is none.
    CUT = auto()
    #: The request or the answer has too many bytes.
    TOO_LARGE = auto()
    #: The answer's status says that it failed (`Response.success`).
    STATUS = auto()
    #: Anything else.
    OTHER = auto()


_FAILURES = {
    Cause.DENIED: FailureCode.DENIED,
    Cause.PROHIBITED: FailureCode.DENIED,
    Cause.INVALID: FailureCode.INTERNAL,
    Cause.TOO_MANY: FailureCode.LIMIT,
    Cause.TOO_LARGE: FailureCode.LIMIT,
    # The same event, a little later, may meet a server that answers.
    Cause.UNREACHABLE: FailureCode.UNAVAILABLE,
    Cause.TIMED_OUT: FailureCode.UNAVAILABLE,
    Cause.CUT: FailureCode.UNAVAILABLE,
}


class HttpError(Refused):
    """There is no answer, or none that says that all went well."""

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        #: A sentence for the owner.
        self.message = message

    def as_failure(self) -> Failure:
        code = _FAILURES.get(self.cause, FailureCode.OTHER)
        retryable = code is FailureCode.UNAVAILABLE
        return Failure(self.message, code, retryable=retryable)


@dataclass
class Request:
    """A request."""

    method: str
    #: The address, with `https://`.
    url: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    #: Seconds that the answer may take, where that is less than the host allows.
    timeout: float | None = None

    def header(self, name: str) -> str | None:
        """The value of a header."""
        return _header(self.headers, name)


@dataclass
class Response:
    """An answer, whole."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as text in UTF-8; what is none is replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON."""
        try:
            return encoding.loads(self.body)
        except ValueError as error:
            raise HttpError(Cause.CUT, f"the answer is no JSON: {error}") from None

    def header(self, name: str) -> str | None:
        """The value of a header."""
        return _header(self.headers, name)

    def success(self) -> Response:
        """The same, unless its status says that it failed."""
        if 200 <= self.status < 300:
            return self
        raise HttpError(Cause.STATUS, f"the server answered with the status {self.status}")


def _header(headers: list[tuple[str, str]], name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)


class Http:
    """Sends requests."""

    def get(self, url: str, **options: Any) -> Response:
        """Asks for what is at an address. The options are those of `request`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Response:
        """Sends something to an address. The options are those of `request`."""
        return self.request("POST", url, **options)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        bearer: str | None = None,
        json: Any = None,
        body: bytes = b"",
        content_type: str | None = None,
        timeout: float | None = None,
    ) -> Response:
        """Sends one, and waits for the whole answer, whatever its status. `bearer` is a token, or the placeholder of a
        secret that is one; `json` is sent as JSON."""
        pairs = [(name.lower(), value) for name, value in (headers or {}).items()]
        if bearer is not None:
            pairs.append(("authorization", f"Bearer {bearer}"))
        if json is not None:
            body, content_type = encoding.dumps(json).encode(), "application/json"
        if content_type is not None:
            pairs.append(("content-type", content_type))
        return self.send(Request(method, url, pairs, body, timeout))

    def send(self, request: Request) -> Response:
        """Sends a request, and waits for the whole answer, whatever its status."""
        if interface("http_types") is None:
            raise NotBuiltIn("http")
        try:
            status, headers, body = fetch.fetch(request)
        except fetch.Unanswered as why:
            raise HttpError(Cause[why.cause], why.message) from None
        return Response(status, headers, body)
