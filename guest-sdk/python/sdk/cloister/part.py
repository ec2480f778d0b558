"""A part of the host: one capability, if the agent was built with it."""

from __future__ import annotations

from types import ModuleType

from .failure import NotBuiltIn
from .wit import interface


class Part:
    """What each capability is made of."""

    #: Its name, in the contract and in `cloister.toml`.
    capability = ""

    @property
    def _host(self) -> ModuleType:
        bindings = interface(self.capability)
        if bindings is None:
            raise NotBuiltIn(self.capability)
        return bindings
