"""The way of a request through `wasi:http`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .wit import Err, Ok, interface

if TYPE_CHECKING:
    from .http import Request

#: Bytes that are written, and read, in one call of the host.
_WRITE = 4096
_READ = 65536

Answer = tuple[int, list[tuple[str, str]], bytes]


class Unanswered(Exception):
    """Why there is no answer: the name of a cause, and a sentence for the owner."""

    def __init__(self, cause: str, message: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message


def fetch(request: Request) -> Answer:
    """Sends a request, and waits for the whole answer."""
    http = interface("http_types")
    asked = _outgoing(http, request)
    options = http.RequestOptions()
    if request.timeout is not None:
        options.set_first_byte_timeout(int(request.timeout * 1_000_000_000))
    body = asked.body()
    try:
        answer = interface("http_handler").handle(asked, options)
    except Err as refused:
        raise _told(refused.value) from None
    _write(http, body, request.body)
    with answer:
        with answer.subscribe() as there:
            there.block()
        match answer.get():
            case Ok(Ok(response)):
                return _read(response)
            case Ok(Err(error)):
                raise _told(error)
            case _:
                raise Unanswered("OTHER", "The host gave no answer.")


def _outgoing(http: Any, request: Request) -> Any:
    address = urlsplit(request.url)
    invalid = Unanswered("INVALID", f"`{request.url}` is no address of the web.")
    if address.scheme not in ("http", "https") or not address.netloc:
        raise invalid
    scheme = http.Scheme_Https() if address.scheme == "https" else http.Scheme_Http()
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    try:
        fields = http.Fields.from_list(
            [(name, value.encode()) for name, value in request.headers]
        )
        asked = http.OutgoingRequest(fields)
        asked.set_method(_method(http, request.method))
        asked.set_scheme(scheme)
        asked.set_authority(address.netloc)
        asked.set_path_with_query(path)
    except Err:
        raise invalid from None
    return asked


def _method(http: Any, name: str) -> Any:
    known = getattr(http, f"Method_{name.capitalize()}", None)
    return known() if known and name != "OTHER" else http.Method_Other(name)


def _write(http: Any, body: Any, data: bytes) -> None:
    """Where it cannot be written to its end, the answer says why."""
    try:
        with body.write() as stream:
            for start in range(0, len(data), _WRITE):
                stream.blocking_write_and_flush(data[start : start + _WRITE])
        http.OutgoingBody.finish(body, None)
    except Err:
        pass


def _read(response: Any) -> Answer:
    streams = interface("io_streams")
    with response:
        status = response.status()
        with response.headers() as fields:
            headers = [
                (name, value.decode("utf-8", "replace")) for name, value in fields.entries()
            ]
        pieces: list[bytes] = []
        try:
            with response.consume() as body, body.stream() as stream:
                while True:
                    pieces.append(stream.blocking_read(_READ))
        except Err as ended:
            if not isinstance(ended.value, streams.StreamError_Closed):
                raise Unanswered("CUT", "The answer broke off.") from None
    return status, headers, b"".join(pieces)


#: What the host says, by the ends of the names of its errors.
_CAUSES = {
    "HttpRequestDenied": (
        "DENIED",
        "The owner has not allowed this request: they allow hosts in the terms of the grant `http`, and say of each secret which hosts it is for.",
    ),
    "DestinationIpProhibited": (
        "PROHIBITED",
        "The host is in a private network, which is not reached.",
    ),
    "ConnectionLimitReached": (
        "TOO_MANY",
        "That are too many requests in one turn, or at once.",
    ),
    "HttpRequestUriInvalid": ("INVALID", "It cannot be asked so."),
    "HttpRequestMethodInvalid": ("INVALID", "It cannot be asked so."),
    "HttpRequestBodySize": ("TOO_LARGE", "The request is too large."),
    "HttpResponseBodySize": ("TOO_LARGE", "The answer is too large."),
    "DnsError": ("NO_SUCH_HOST", "There is no such host."),
    "DnsTimeout": ("NO_SUCH_HOST", "There is no such host."),
    "ConnectionRefused": ("UNREACHABLE", "The server cannot be reached."),
    "DestinationUnavailable": ("UNREACHABLE", "The server cannot be reached."),
    "ConnectionTimeout": ("TIMED_OUT", "The server did not answer in time."),
    "HttpResponseTimeout": ("TIMED_OUT", "The server did not answer in time."),
    "HttpResponseIncomplete": ("CUT", "The answer broke off, or is none."),
    "HttpProtocolError": ("CUT", "The answer broke off, or is none."),
    "HttpResponseContentCoding": (
        "OTHER",
        "The answer is compressed, though that was not asked for.",
    ),
}


def _told(error: Any) -> Unanswered:
    name = type(error).__name__.removeprefix("ErrorCode_")
    if name == "InternalError" and error.value:
        return Unanswered("OTHER", error.value)
    return Unanswered(*_CAUSES.get(name, ("OTHER", name)))
