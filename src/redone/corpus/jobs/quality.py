"""Stage 0, once: a quality model from the sampled texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redone.corpus.jobs.sample import read_samples
from redone.corpus.settings.steps import QualitySettings
from redone.corpus.shard_steps import QUALITY
from redone.corpus.steps.quality import threshold_report, train_quality
from redone.corpus.work import Desk, Task
from redone.errors import UserError


def run(task: Task, desk: Desk) -> Mapping[str, Any]:
    """Train the model; report what thresholds would drop, with texts on either side of each."""
    settings = QualitySettings.model_validate(task.settings)
    samples = read_samples(task)
    model = train_quality(samples["text"], settings)
    if not model.fit > 0.0:
        raise UserError(
            f"quality: the model learned nothing (correlation {model.fit:.2f} with its labels on held-out texts); "
            f"lower steps.quality.learning_rate = {settings.learning_rate:g}, raise steps.quality.sample, or set "
            "quality: false"
        )
    model.save(desk.place(QUALITY))
    return {"fit": model.fit, "sample": len(samples), "thresholds": threshold_report(samples, model)}
