"""The users' own data: files of many formats, mapped by YAML to tasks or to platform records."""

from redone.sources.ingest.check import Preview, TaskPreview, check
from redone.sources.ingest.inputs import input_files, root_of
from redone.sources.ingest.load import Ingested, ingest, load_tasks, read_mapping
from redone.sources.ingest.platform import load_platform, read_record_mapping
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.readers import Reader
from redone.sources.ingest.settings import IngestSettings

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
    "read_mapping",
    "read_record_mapping",
    "root_of",
]
