"""The work of each stage: files in, files out."""

from __future__ import annotations

import importlib

from redone.corpus.work import Job

STAGES = (
    "sample", "quality", "rows", "exact", "bands", "groups", "candidates", "near", "events", "texts", "threads",
    "graph", "documents", "histories",
)  # fmt: skip
"""Stages in order; each is a module of this package with a function ``run``."""


def job_of(stage: str) -> Job:
    """Return what a stage does with one task."""
    assert stage in STAGES, stage
    job: Job = importlib.import_module(f"redone.corpus.jobs.{stage}").run
    return job
