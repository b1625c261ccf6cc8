"""The metric registry: a metric is ``(answer, references, params) -> 0..1``, right on zh, en and emoji.

Every metric gives 1 to an answer that reads the same as a reference (both empty included), and 0 to an empty
answer where the reference is not. Add one by writing a small function and a line in ``_METRICS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from redone.errors import UserError
from redone.scoring.metrics import distance, labels, lists, overlap, query, translation
from redone.scoring.normalise import tidy

Params = Mapping[str, Any]
PairMetric = Callable[[str, str, Params], float]
Metric = Callable[[str, Sequence[str], Params], float]


def best_of(pair: PairMetric) -> Metric:
    """Return the metric of one reference, taken over several: the best counts."""

    def over_references(answer: str, references: Sequence[str], params: Params) -> float:
        return max(pair(answer, reference, params) for reference in references)

    return over_references


_METRICS: dict[str, Metric] = {
    "exact": best_of(labels.exact),
    "label_accuracy": best_of(labels.label_accuracy),
    "numeric": best_of(labels.numeric),
    "set_f1": best_of(lists.set_f1),
    "list_f1": best_of(lists.list_f1),
    "rouge_l": best_of(overlap.rouge_l),
    "span_overlap": best_of(overlap.span_overlap),
    "bleu": translation.bleu,
    "chrf": translation.chrf,
    "chrf++": translation.chrf_plus_plus,
    "anls": best_of(distance.anls),
    "level_distance": best_of(distance.level_distance),
    "query_similarity": best_of(query.query_similarity),
}

_MEANS: dict[str, tuple[str, ...]] = {"translation": ("bleu", "chrf")}
"""Metrics that are the mean of others. BLEU alone is too coarse for posts of a few words. Our choice."""


def metric_names() -> tuple[str, ...]:
    """Return the names that ``evaluate`` knows."""
    return (*_METRICS, *_MEANS)


def check_metric(name: str) -> None:
    """Nothing, if the registry has the metric.

    Raises:
        UserError: it has not; the message names the nearest one.

    """
    known = metric_names()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.0)[0]
        raise UserError(f"metric {name!r} is unknown; the nearest is {near!r} (all: {', '.join(known)})")


def evaluate(name: str, answer: str, references: Sequence[str], params: Params | None = None) -> float:
    """Return the metric's value in 0..1 for an answer with its acceptable references.

    Raises:
        UserError: the metric is unknown, or there is no reference.

    """
    return measure(name, answer, references, params)[name]


def measure(
    name: str, answer: str, references: Sequence[str], params: Params | None = None
) -> dict[str, float]:
    """Return the metric's value by its name and, where it is a mean, those of its parts by theirs.

    Raises:
        UserError: the metric is unknown, or there is no reference.

    """
    check_metric(name)
    if not references:
        raise UserError(f"metric {name!r} needs at least one reference")
    parts = _MEANS.get(name, (name,))
    plain = tidy(answer)
    if any(plain == tidy(reference) for reference in references):
        values = dict.fromkeys(parts, 1.0)
    else:
        values = {part: _METRICS[part](answer, references, params or {}) for part in parts}
    return values if name in values else {name: sum(values.values()) / len(values)} | values
