"""The workspace: the agent's files, shared by all its conversations. They are kept with the turn's outcome or not at all."""

from __future__ import annotations

from typing import Any

from .failure import ErrorCode, HostError, ask
from .part import Part
from .wit import types

#: How many files one call of the host returns at most.
_PAGE = 1_000
#: Bytes that one call of the host takes or gives at most.
_PIECE = 1024 * 1024


class Workspace(Part):
    """Files by their paths: `reports/may.csv`, relative and without `.` and `..`."""

    capability = "workspace"

    def read(self, path: str) -> bytes:
        """All that is in a file: a call of the host for every MiB."""
        pieces: list[bytes] = []
        while True:
            piece = self.read_range(path, sum(map(len, pieces)), _PIECE)
            pieces.append(piece)
            if len(piece) < _PIECE:
                return b"".join(pieces)

    def read_range(self, path: str, offset: int, length: int) -> bytes:
        """At most `length` (1 to 1,048,576) bytes of a file from `offset` on."""
        return ask(self._host.read, path, offset, length)

    def stat(self, path: str) -> Any:
        """What is known of a file without reading it: its `path`, its `size`, and more."""
        return ask(self._host.stat, path)

    def exists(self, path: str) -> bool:
        """Whether there is such a file."""
        try:
            self.stat(path)
        except HostError as error:
            if error.code is ErrorCode.NOT_FOUND:
                return False
            raise
        return True

    def write(self, path: str, data: bytes, content_type: str | None = None) -> None:
        """Makes a file, or replaces what is in one: a call of the host for every MiB. Its media type is the one that it has,
        or follows from the ending of its name, unless one is given."""
        ask(self._host.write, path, data[:_PIECE], content_type)
        self._append(path, data[_PIECE:])

    def append(self, path: str, data: bytes) -> None:
        """Adds to the end of a file, which is made where there is none."""
        if data:
            self._append(path, data)
        else:
            ask(self._host.append, path, b"")

    def _append(self, path: str, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            ask(self._host.append, path, data[start : start + _PIECE])

    def delete(self, path: str) -> bool:
        """Deletes a file. Returns whether there was one."""
        return ask(self._host.delete, path)

    def entries(self, prefix: str = "") -> list[Any]:
        """All files whose paths begin with `prefix`, in the order of their paths' bytes: a call of the host for every
        thousand."""
        entries: list[Any] = []
        while True:
            after = entries[-1].path if entries else None
            page = ask(self._host.entries, prefix, after, _PAGE)
            entries.extend(page)
            if len(page) < _PAGE:
                return entries

    def attached(self, attachment: types.Attachment) -> bytes:
        """The bytes of a file that came with a message, wherever they are; not those of an address on the web, which the
        host could not fetch: the attachment's metadata tells why, under `not_fetched`."""
        source = attachment.source
        if isinstance(source, types.AttachmentSource_Inline):
            return source.value
        if isinstance(source, types.AttachmentSource_Workspace):
            return self.read(source.value)
        why = dict(attachment.metadata).get("not_fetched", "it is an address on the web")
        raise HostError(
            ErrorCode.NOT_FOUND, f"the file `{attachment.name}` is not here: {why}"
        )
