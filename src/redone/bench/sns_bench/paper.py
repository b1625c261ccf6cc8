"""Scores as the public SNS-Bench scorer computes them, one function for each kind of file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from redone.bench.sets import Item
from redone.bench.sns_bench import paper_reading as read
from redone.bench.tally import Tally, share_tally

LEVELS = ("-1", "0", "1", "2", "3")
_SHARE_GUARD = 0.0001
_LEVEL_GUARD = 1e-5


def accuracy(reader: Callable[[str], str]) -> Callable[[Sequence[Item], Sequence[str]], Tally]:
    """Return the scorer of files with one label: string equality, the output read by ``reader``."""

    def score(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
        right = [reader(o) == item.row["answer"] for item, o in zip(items, outputs, strict=True)]
        return share_tally([float(r) for r in right])

    return score


def exact_path(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """Taxonomy-multiple: the whole normalised path, against the gold as it is or normalised alike."""
    right = []
    for item, output in zip(items, outputs, strict=True):
        gold = item.row["answer"]
        right.append(float(read.general(read.label(output)) in {gold, read.general(gold)}))
    return share_tally(right, headline="exact-match")


def micro_f1(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """Hashtag-multiple and NER: F1 of all tags of the file, rounded to four digits as upstream."""
    counts = []
    for item, output in zip(items, outputs, strict=True):
        found, gold = read.comma_set(output), read.comma_set(item.row["answer"])
        counts.append((len(found & gold), len(found), len(gold)))
    table = np.asarray(counts, dtype=np.float64)

    def measure(sums: Sequence[float]) -> dict[str, float]:
        common, found, gold = sums
        return {
            "f1": 100 * _share(2 * common, found + gold),
            "precision": 100 * _share(common, found),
            "recall": 100 * _share(common, gold),
        }

    return Tally(counts=table, measure=measure, headline="f1", credit=pair_f1(table))


def relevance_level(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """QueryCorr-topic: mean F1 of the five levels, times the share of outputs that name one."""
    width = len(LEVELS)
    table = np.zeros((len(items), 3 * width + 2))
    credit, unread = np.zeros(len(items)), 0
    table[:, -1] = 1
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        found, gold = read.level(output), item.row["answer"]
        if found is None:
            unread += 1
            table[at, -2] = 1
        elif found == gold:
            credit[at] = table[at, LEVELS.index(gold)] = 1
        else:
            table[at, width + LEVELS.index(found)] = 1
            table[at, 2 * width + LEVELS.index(gold)] = 1

    def measure(sums: Sequence[float]) -> dict[str, float]:
        values = {}
        for name, tp, fp, fn in zip(LEVELS, sums, sums[width:], sums[2 * width :], strict=False):
            precision = tp / (tp + fp + _LEVEL_GUARD) * 100
            recall = tp / (tp + fn + _LEVEL_GUARD) * 100
            values[f"f1/{name}"] = 2 * precision * recall / (precision + recall + _LEVEL_GUARD)
        ok = 1 - sums[-2] / sums[-1]
        return {
            "success-macro-f1": sum(values.values()) / width * ok,
            "success-ratio": 100 * ok,
        } | values

    return Tally(counts=table, measure=measure, headline="success-macro-f1", credit=credit, unread=unread)


def highlight_words(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """CHLW: micro F1, where agreeing on "nothing" is a hit, times the share of readable outputs."""
    table = np.zeros((len(items), 5))
    table[:, 4] = 1
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        gold, found = read.literal(item.row["answer"]), read.string_list(output)
        if found is None:
            table[at, 3] = 1
            continue
        gold_set, found_set = set(gold or [""]), set(found or [""])
        table[at, :3] = len(gold_set & found_set), len(found_set), len(gold_set)

    def measure(sums: Sequence[float]) -> dict[str, float]:
        f1, ok = _share(2 * sums[0], sums[1] + sums[2]), (1 - sums[3] / sums[4]) * 100
        return {
            "success-f1": ok * f1,
            "f1": 100 * f1,
            "precision": 100 * _share(sums[0], sums[1]),
            "recall": 100 * _share(sums[0], sums[2]),
            "success-ratio": ok,
        }

    unread = int(table[:, 3].sum())
    return Tally(counts=table, measure=measure, headline="success-f1", credit=pair_f1(table), unread=unread)


def edit_similarity(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """QueryGen without its sentence encoder: the edit-distance half alone, under its own name."""
    pairs = zip(items, outputs, strict=True)
    values = [Levenshtein.normalized_similarity(output, item.row["answer"]) for item, output in pairs]
    return share_tally(values, headline="anls")


def pair_f1(table: Any) -> Any:
    """Return each item's own F1, from columns common, found, gold; 0 where nothing was found or wanted."""
    total = table[:, 1] + table[:, 2]
    return np.divide(2 * table[:, 0], total, out=np.zeros(len(table)), where=total > 0)


def _share(part: float, whole: float) -> float:
    return round(float(part / (whole + _SHARE_GUARD)), 4)
