"""From a model's probability to one that can be believed: fitted on a dev set, with thresholds and a picture."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from redone.errors import UserError

BINS = 10
LEAST = 20


class Calibration(BaseModel):
    """A monotone map of scores, and what follows from it.

    ``at`` and ``gives`` are the corners of the map (straight lines between). A note is harmful from
    ``threshold`` on; where the confidence, the larger of p and 1 - p, is under ``review_below``, a human
    decides. The errors are the expected calibration error in ten bins before and after, on the dev set.
    """

    model_config = ConfigDict(extra="forbid")

    at: list[float] = Field(default_factory=lambda: [0.0, 1.0], min_length=2)
    gives: list[float] = Field(default_factory=lambda: [0.0, 1.0], min_length=2)
    threshold: float = Field(default=0.5, ge=0, le=1)
    review_below: float = Field(default=0.7, ge=0.5, le=1)
    error_before: float | None = None
    error_after: float | None = None
    accuracy: float | None = None
    review_share: float | None = None
    notes: int = 0

    @property
    def fitted(self) -> bool:
        """Whether it comes from labelled notes; what does not knows no score that may block a note."""
        return self.notes > 0

    def apply(self, score: float) -> float:
        """The calibrated probability of a score."""
        place = min(max(bisect_right(self.at, score), 1), len(self.at) - 1)
        x0, x1, y0, y1 = self.at[place - 1], self.at[place], self.gives[place - 1], self.gives[place]
        share = 0.0 if x1 <= x0 else min(1.0, max(0.0, (score - x0) / (x1 - x0)))
        return y0 + share * (y1 - y0)


def fit(scores: Sequence[float], truths: Sequence[bool], *, wanted_accuracy: float = 0.95) -> Calibration:
    """Isotonic regression by pooling neighbours, each block shrunk towards one half by one note of each kind.

    The threshold has the best F1 on the dev set; ``review_below`` is the least confidence at which the notes
    that are not sent to a human are decided with ``wanted_accuracy``.

    Raises:
        UserError: too few notes, or only one kind of them.

    """
    if len(scores) < LEAST or len(set(truths)) < 2:
        raise UserError(
            f"calibration needs at least {LEAST} notes, harmful and harmless; there are {len(scores)}"
        )
    order = np.argsort(scores, kind="stable")
    x, y = np.asarray(scores, float)[order], np.asarray(truths, float)[order]
    blocks: list[list[float]] = []  # sum of truths, count, sum of scores
    for score, truth in zip(x, y, strict=True):
        blocks.append([truth, 1.0, score])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [one + other for one, other in zip(blocks[-1], last, strict=True)]
    at = [0.0, *(float(b[2] / b[1]) for b in blocks), 1.0]
    inner = [float((b[0] + 1) / (b[1] + 2)) for b in blocks]
    gives = [float(v) for v in np.maximum.accumulate([inner[0], *inner, inner[-1]])]
    drawn = Calibration(at=at, gives=gives)
    calibrated = np.asarray([drawn.apply(float(s)) for s in x])
    threshold = _best_threshold(calibrated, y)
    review, accuracy, share = _review(calibrated, y, threshold, wanted_accuracy)
    return drawn.model_copy(
        update={
            "threshold": threshold,
            "review_below": review,
            "accuracy": accuracy,
            "review_share": share,
            "error_before": calibration_error(x, y),
            "error_after": calibration_error(calibrated, y),
            "notes": len(x),
        }
    )


def calibration_error(p: np.ndarray, y: np.ndarray) -> float:
    """Mean distance of probability and frequency over ten bins, weighted by their notes."""
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = [abs(p[bins == b].mean() - y[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())]
    return float(sum(gaps))


def _best_threshold(p: np.ndarray, y: np.ndarray) -> float:
    def f1(threshold: float) -> float:
        said = p >= threshold
        return float(2 * (said & (y == 1)).sum() / max(1, said.sum() + (y == 1).sum()))

    return float(max(sorted(set(p.tolist())), key=f1))


def _review(p: np.ndarray, y: np.ndarray, threshold: float, wanted: float) -> tuple[float, float, float]:
    right = (p >= threshold) == (y == 1)
    confidence = np.maximum(p, 1 - p)
    for least in sorted({0.5, *confidence.tolist()}):
        kept = confidence >= least
        if kept.any() and right[kept].mean() >= wanted:
            return float(least), float(right[kept].mean()), float(1 - kept.mean())
    least = float(confidence.max())
    kept = confidence >= least
    return least, float(right[kept].mean()), float(1 - kept.mean())


def read_calibration(path: Path) -> Calibration:
    """A calibration file. Raises ``UserError`` when it is not one."""
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UserError(f"{path} is no calibration file: {error}") from error


def draw_reliability(
    path: Path, scores: Sequence[float], truths: Sequence[bool], fitted: Calibration
) -> None:
    """The reliability plot as SVG: how often notes with a stated probability are harmful."""
    from matplotlib.figure import Figure

    y = np.asarray(truths, float)
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="perfect")
    after = np.asarray([fitted.apply(s) for s in scores])
    for p, name, mark in ((np.asarray(scores, float), "model", "o--"), (after, "calibrated", "s-")):
        bins = np.minimum((p * BINS).astype(int), BINS - 1)
        used = sorted(set(bins.tolist()))
        axes.plot([p[bins == b].mean() for b in used], [y[bins == b].mean() for b in used], mark, label=name)
    axes.axvline(fitted.threshold, color="0.4", linestyle=":", label="threshold")
    axes.set(xlabel="stated probability", ylabel="share that is harmful", xlim=(0, 1), ylim=(0, 1))
    axes.legend(loc="upper left")
    figure.savefig(path, format="svg", metadata={"Date": None})
