"""The generated bindings: of each interface that the agent was built with, the module of its types and functions."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

try:
    from componentize_py_types import Err, Ok
    from wit_world.imports import agent_types as types
except ImportError as missing:
    raise ImportError(
        "the types of the contract are not generated yet: run ./build --types"
    ) from missing

__all__ = ["Err", "Ok", "interface", "types"]


def _find(name: str) -> ModuleType | None:
    try:
        return import_module(f"wit_world.imports.{name}")
    except ImportError:
        return None


# Looked for now, since nothing can be imported later in a component.
_FOUND = {
    name: _find(name)
    for name in (
        "history",
        "log",
        "model",
        "outbox",
        "progress",
        "schedule",
        "secrets",
        "state",
        "workspace",
        "http_types",
        "http_handler",
        "io_streams",
    )
}


def interface(name: str) -> ModuleType | None:
    """The bindings of an interface, or nothing where `cloister.toml` does not name its capability."""
    return _FOUND.get(name)
