"""Stage 0, once: a quality model from the sampled texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redone.corpus.jobs.sample import read_samples
from redone.corpus.settings.steps import QualitySettings
from redone.corpus.shard_steps import QUALITY
from redone.corpus.steps.quality import threshold_report, train_quality
from redone.corpus.work import Desk, Task


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Train the model; report what thresholds would drop, with texts on either side of each."""
    settings = QualitySettings.model_validate(task.settings)
    samples = read_samples(task)
    model = train_quality(samples["text"], settings)
    model.save(desk.place(QUALITY))
    return {"fit": model.fit, "sample": len(samples), "thresholds": threshold_report(samples, model)}
