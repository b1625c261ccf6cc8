"""The users' own data: files of many formats, mapped by YAML to tasks or to platform records."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redone.sources.ingest.check import Preview, TaskPreview, check
    from redone.sources.ingest.inputs import input_files, root_of
    from redone.sources.ingest.load import Ingested, ingest, load_tasks, read_any_mapping, read_mapping
    from redone.sources.ingest.platform import load_platform, read_record_mapping
    from redone.sources.ingest.quarantine import Quarantine
    from redone.sources.ingest.readers import Reader
    from redone.sources.ingest.settings import IngestSettings

_HOMES = {
    "check": ("Preview", "TaskPreview", "check"),
    "inputs": ("input_files", "root_of"),
    "load": ("Ingested", "ingest", "load_tasks", "read_any_mapping", "read_mapping"),
    "platform": ("load_platform", "read_record_mapping"),
    "quarantine": ("Quarantine",),
    "readers": ("Reader",),
    "settings": ("IngestSettings",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name at its first use: mapping to tasks needs the whole catalogue, reading files does not."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


__all__ = [
    "IngestSettings",
    "Ingested",
    "Preview",
    "Quarantine",
    "Reader",
    "TaskPreview",
    "check",
    "ingest",
    "input_files",
    "load_platform",
    "load_tasks",
    "read_any_mapping",
    "read_mapping",
    "read_record_mapping",
    "root_of",
]
