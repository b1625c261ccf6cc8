"""Quality: a language model labels a sample, a hashed linear model learns its labels and scores everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from redone.corpus.kernels.buffers import text_buffers
from redone.corpus.kernels.linear import fit, predict
from redone.corpus.settings.steps import QualitySettings
from redone.corpus.step import StepResult, nothing_dropped, split
from redone.corpus.steps.features import with_features
from redone.corpus.steps.labelling import Labeller, char_ngram_losses
from redone.errors import UserError

_KNOTS = 101
_BINS = 10
_UNSEEN = 1.5
"""Loss of an n-gram that the sample has never shown, in standard deviations above the mean: not usual text."""


@dataclass(frozen=True, slots=True)
class QualityModel:
    """Weights of the linear model, and the quantiles by which its values become ranks.

    ``fit`` is the correlation with the labels on texts that it was not trained on.
    """

    weights: npt.NDArray[np.float32]
    knots: npt.NDArray[np.float64]
    fit: float

    def score(self, texts: pl.Series) -> npt.NDArray[np.float32]:
        """Return quality in 0..1: the share of the sample with a higher predicted loss."""
        offsets, data = text_buffers(texts)
        loss = np.empty(len(texts), dtype=np.float64)
        predict(offsets, data, self.weights, _shift(len(self.weights) - 1), loss)
        return (1.0 - np.interp(loss, self.knots, np.linspace(0, 1, len(self.knots)))).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write the model as safetensors."""
        save_file({"weights": self.weights, "knots": self.knots, "fit": np.array([self.fit])}, str(path))

    @classmethod
    def load(cls, path: Path) -> QualityModel:
        """Read a saved model.

        Raises:
            UserError: the file is missing, damaged, or holds something else.

        """
        try:
            with safe_open(str(path), framework="numpy") as stored:
                parts = {name: stored.get_tensor(name) for name in ("weights", "knots", "fit")}
        except (OSError, SafetensorError) as error:
            raise UserError(f"quality model '{path}': cannot be read ({error}). Train it again") from error
        return cls(parts["weights"], parts["knots"], float(parts["fit"][0]))


def train_quality(
    texts: pl.Series, settings: QualitySettings | None = None, labeller: Labeller = char_ngram_losses
) -> QualityModel:
    """Label a sample of the texts and fit the linear model to it.

    Raises:
        UserError: there are fewer than ten texts, or the labeller's losses do not fit them.

    """
    settings = settings or QualitySettings()
    if len(texts) < _BINS:
        raise UserError(
            f"quality: {len(texts)} texts to learn from, at least {_BINS} are needed. Turn it off"
        )
    sample = texts.sample(min(settings.sample, len(texts)), seed=settings.seed, shuffle=True)
    labels = np.asarray(labeller(sample.to_list()), dtype=np.float64)
    if labels.shape != (len(sample),) or not np.isfinite(labels).all():
        raise UserError(
            f"quality: the labeller gave {labels.shape} values for {len(sample)} texts, or no numbers"
        )
    offsets, data = text_buffers(sample)
    held = max(1, int(len(sample) * settings.held_out))
    mean, spread = labels.mean(), max(float(labels.std()), 1e-9)
    targets = (labels - mean) / spread
    weights = np.full((1 << settings.buckets_log2) + 1, _UNSEEN, dtype=np.float32)
    weights[-1] = 0.0
    shift, rng = _shift(len(weights) - 1), np.random.default_rng(settings.seed)
    for epoch in range(settings.epochs):
        order = held + rng.permutation(len(sample) - held)
        fit(offsets, data, targets, order, weights, settings.learning_rate / (1 + epoch), shift)
    guessed = np.empty(len(sample), dtype=np.float64)
    predict(offsets, data, weights, shift, guessed)
    agreement = float(np.corrcoef(guessed[:held], targets[:held])[0, 1]) if held > 1 else 0.0
    knots = np.maximum.accumulate(np.quantile(guessed, np.linspace(0, 1, _KNOTS)) + np.arange(_KNOTS) * 1e-9)
    return QualityModel(weights, knots, agreement if np.isfinite(agreement) else 0.0)


def threshold_report(
    table: pl.DataFrame,
    model: QualityModel,
    thresholds: Sequence[float] = (0.02, 0.05, 0.1, 0.2, 0.3),
    shown: int = 5,
) -> list[Mapping[str, Any]]:
    """What each threshold would drop, with the texts next to it on either side, by which a person chooses."""
    scored = table.select("source", "text").with_columns(quality=pl.Series(model.score(table["text"])))
    scored = scored.sort("quality", maintain_order=True)
    report: list[Mapping[str, Any]] = []
    for threshold in thresholds:
        at = int((scored["quality"] < threshold).sum())
        report.append(
            {
                "threshold": threshold,
                "dropped": at,
                "share": at / max(1, len(scored)),
                "by_source": dict(scored.head(at)["source"].value_counts(sort=True).iter_rows()),
                "just_below": scored["text"].slice(max(0, at - shown), min(shown, at)).to_list(),
                "just_above": scored["text"].slice(at, shown).to_list(),
            }
        )
    return report


def _shift(buckets: int) -> np.uint64:
    return np.uint64(64 - (buckets.bit_length() - 1))


@dataclass(frozen=True, slots=True)
class Quality:
    """Adds the column ``quality`` and drops long enough texts below the threshold, if there is one."""

    model: QualityModel
    settings: QualitySettings = field(default_factory=QualitySettings)
    name: str = "quality"

    def run(self, table: pl.DataFrame) -> StepResult:
        """Return the texts of sufficient quality; the detail is the score."""
        table = with_features(table).with_columns(quality=pl.Series(self.model.score(table["text"])))
        if self.settings.threshold is None:
            return StepResult(table, nothing_dropped())
        low = (pl.col("quality") < self.settings.threshold) & (pl.col("f_chars") >= self.settings.from_chars)
        reasons = table.select(pl.when(low).then(pl.lit("quality.low")).alias("reason")).to_series()
        return split(table, reasons, table["quality"].round(3).cast(pl.String))
