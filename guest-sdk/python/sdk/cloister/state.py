"""State: what an agent remembers, keys and values. It is kept with the turn's outcome or not at all."""

from __future__ import annotations

import json
from typing import Any

from .failure import HostError, ErrorCode, ask
from .part import Part

#: How many keys one call of the host returns at most.
_PAGE = 1_000


class State(Part):
    """Both scopes."""

    capability = "state"

    @property
    def agent(self) -> Scoped:
        """What all conversations of the agent share."""
        return Scoped(self._host, self._host.Scope.AGENT)

    @property
    def conversation(self) -> Scoped:
        """What belongs to this conversation alone."""
        return Scoped(self._host, self._host.Scope.CONVERSATION)


class Scoped:
    """The keys and values of one scope. A key is 1 to 256 bytes, a value at most 256 KiB."""

    def __init__(self, host: Any, scope: Any) -> None:
        self._host = host
        self._scope = scope

    def get_bytes(self, key: str) -> bytes | None:
        """The value of a key. It sees what this turn has set."""
        return ask(self._host.get, self._scope, key)

    def set_bytes(self, key: str, value: bytes) -> None:
        """Sets a key."""
        ask(self._host.set, self._scope, key, value)

    def get(self, key: str, default: Any = None) -> Any:
        """A value that `set` has set."""
        value = self.get_bytes(key)
        if value is None:
            return default
        try:
            return json.loads(value)
        except ValueError as error:
            raise HostError(
                ErrorCode.INVALID,
                f"the value of the state key `{key}` is not what was expected: {error}",
            ) from None

    def set(self, key: str, value: Any) -> None:
        """Sets a key to whatever JSON can hold."""
        self.set_bytes(key, json.dumps(value, ensure_ascii=False).encode())

    def delete(self, key: str) -> bool:
        """Deletes a key. Returns whether there was such a key."""
        return ask(self._host.delete, self._scope, key)

    def keys(self, prefix: str = "") -> list[str]:
        """All keys that start with `prefix`, in the order of their bytes: a call of the host for every thousand."""
        keys: list[str] = []
        while True:
            after = keys[-1] if keys else None
            page = ask(self._host.keys, self._scope, prefix, after, _PAGE)
            keys.extend(page)
            if len(page) < _PAGE:
                return keys
