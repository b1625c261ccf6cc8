"""The two reading-comprehension files as the public SNS-Bench scorer computes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from redone.bench.sets import Item
from redone.bench.sns_bench import paper_reading as read
from redone.bench.sns_bench.overlap import rouge, sentence_bleu
from redone.bench.sns_bench.words import scorer_words
from redone.bench.tally import Tally

_GUARD = 0.0001
_PARTS = ("bleu", "rouge-1", "rouge-2", "rouge-l")
# Characters that the scorer drops before it compares options; its two-character "……" never matches.
_DROPPED = str.maketrans("", "", ":_`，。：？！()“”；’《》·、,「」（）－～『』|")
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


def simple(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """MRC-simple: existence F1, BLEU and three ROUGEs of the pairs where both have an answer."""
    table = np.zeros((len(items), 9))  # tp, fp, fn, four overlaps, errors, items
    table[:, 8] = 1
    credit = np.zeros(len(items))
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        gold, found = "".join(item.row["answer"]), read.joined_list(output)
        if found is None:
            table[at, 7] = 1
        elif gold and found:
            table[at, 0] = 1
            table[at, 3:7] = overlaps(found, gold)
            credit[at] = (1 + table[at, 3:7].sum()) / 5
        elif gold or found:
            table[at, 2 if gold else 1] = 1
        else:
            credit[at] = 1
    unread = int(table[:, 7].sum())
    return Tally(counts=table, measure=_simple_values, headline="reported", credit=credit, unread=unread)


def _simple_values(sums: Sequence[float]) -> dict[str, float]:
    tp, fp, fn = sums[:3]
    precision, recall = tp / (tp + fp + _GUARD), tp / (tp + fn + _GUARD)
    values = {"f1": 100 * 2 * precision * recall / (precision + recall + _GUARD)}
    values |= {name: 100 * part / tp if tp else 0.0 for name, part in zip(_PARTS, sums[3:7], strict=True)}
    ok = 1 - sums[7] / sums[8]
    return {"reported": ok * sum(values.values()) / len(values), "success-ratio": 100 * ok} | values


@lru_cache(maxsize=8192)
def overlaps(found: str, gold: str) -> tuple[float, float, float, float]:
    """Return BLEU and three ROUGEs on 0..1; zeros where nothing is left of a side, where upstream raises."""
    left, right = scorer_words(found), scorer_words(gold)
    scores = rouge(" ".join(left), " ".join(right))
    return (0.0, 0.0, 0.0, 0.0) if scores is None else (sentence_bleu(right, left), *scores)


def complex_(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """MRC-complex: existence F1, and option F1 and exact match averaged over items."""
    table = np.zeros((len(items), 7))  # tp, fp, fn, option f1, option em, errors, items
    table[:, 6] = 1
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        gold, found = read.options(item.row["answer"]), read.options(output)
        if gold is None or found is None:
            table[at, 5] = 1
        elif gold and found:
            table[at, 0] = 1
            table[at, 3:5] = option_scores(gold, found)
        elif gold or found:
            table[at, 2 if gold else 1] = 1
        else:
            table[at, 3:5] = 1
    unread = int(table[:, 5].sum())
    credit = (table[:, 3] + table[:, 4]) / 2
    return Tally(counts=table, measure=_complex_values, headline="reported", credit=credit, unread=unread)


def _complex_values(sums: Sequence[float]) -> dict[str, float]:
    tp, fp, fn = sums[:3]
    total = 2 * tp / (2 * tp + fp + fn) if tp else 0.0
    read_items = sums[6] - sums[5]
    f1, em = (part / read_items if read_items else 0.0 for part in sums[3:5])
    ok = read_items / sums[6]
    return {
        "reported": 100 * ok * (total + f1 + em) / 3,
        "success-ratio": 100 * ok,
        "total-f1": 100 * total,
        "option-f1": 100 * f1,
        "option-em": 100 * em,
    }


def option_scores(gold: Sequence[str], found: Sequence[str]) -> tuple[float, float]:
    """Return the mean over found options of the best F1 and of exact match with any gold option."""
    wanted = [option.lower().translate(_DROPPED) for option in gold]
    options = [option.lower().translate(_DROPPED) for option in found]
    f1 = [max(_run_f1(_tokens(w), _tokens(option)) for w in wanted) for option in options]
    em = [float(option in wanted) for option in options]
    return sum(f1) / len(f1), sum(em) / len(em)


def _run_f1(gold: Sequence[str], found: Sequence[str]) -> float:
    run = _longest_run(gold, found)
    if not run:
        return 0.0
    precision, recall = run / len(found), run / len(gold)
    return 2 * precision * recall / (precision + recall)


def _longest_run(left: Sequence[str], right: Sequence[str]) -> int:
    """Return the length of the longest common contiguous run of tokens."""
    if not set(left) & set(right):
        return 0
    best, before = 0, [0] * (len(right) + 1)
    for token in left:
        row = [0] * (len(right) + 1)
        for at, other in enumerate(right, start=1):
            if token == other:
                row[at] = before[at - 1] + 1
                best = max(best, row[at])
        before = row
    return best


def _tokens(text: str) -> list[str]:
    """Return ideographs and "=" one by one, anything between them as one token."""
    tokens, run = [], ""
    for sign in text:
        if sign == "=" or any(low <= ord(sign) <= high for low, high in _IDEOGRAPHS):
            tokens += [run, sign] if run else [sign]
            run = ""
        else:
            run += sign
    return [*tokens, run] if run else tokens
