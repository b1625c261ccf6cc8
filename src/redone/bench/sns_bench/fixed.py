"""Scores of SNS-Bench without the public scorer's defects; gold fed as prediction gets 100 on every file.

What differs from ``paper`` is written beside each function. An output that cannot be read counts as a wrong
answer to its item, once; it neither leaves the sums nor lowers the other items.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sacrebleu.metrics import BLEU

from redone.bench.sets import Item
from redone.bench.sns_bench import fixed_reading as read
from redone.bench.sns_bench import paper_reading
from redone.bench.sns_bench.paper import LEVELS, pair_f1
from redone.bench.tally import FloatArray, Tally, share_tally
from redone.scoring import evaluate
from redone.scoring.metrics.overlap import rouge_l
from redone.scoring.normalise import canonical
from redone.scoring.tokens import tokenise

_BLEU = BLEU(tokenize="none", effective_order=True, force=True)


def accuracy(reader: Callable[[str], Any]) -> Callable[[Sequence[Item], Sequence[str]], Tally]:
    """Return the scorer of files with one answer; output and gold are read alike, so case and width agree."""

    def score(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
        pairs = [(reader(o), reader(str(i.row["answer"]))) for i, o in zip(items, outputs, strict=True)]
        unread = sum(not found for found, _ in pairs)
        return share_tally([float(found == gold) for found, gold in pairs], unread=unread)

    return score


def micro_f1(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """Hashtag-multiple, NER: micro F1 of canonical items; blank pieces count as nothing, no rounding."""
    rows = []
    for item, output in zip(items, outputs, strict=True):
        found, gold = read.comma_set(output), read.comma_set(str(item.row["answer"]))
        rows.append((len(found & gold), len(found), len(gold)))
    return _micro(np.asarray(rows, dtype=np.float64))


def relevance_level(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """QueryCorr-topic: macro F1 of the levels; the output must name one level, as a whole number."""
    width = len(LEVELS)
    table = np.zeros((len(items), 3 * width + 1))
    credit = np.zeros(len(items))
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        found, gold = read.level(output, LEVELS), item.row["answer"]
        credit[at] = found == gold
        table[at, LEVELS.index(gold)] = credit[at]
        table[at, 2 * width + LEVELS.index(gold)] = 1
        if found is None:
            table[at, -1] = 1
        else:
            table[at, width + LEVELS.index(found)] = 1

    def measure(sums: Sequence[float]) -> dict[str, float]:
        columns = zip(LEVELS, sums, sums[width:], sums[2 * width :], strict=False)
        values = {
            f"f1/{name}": 200 * hit / (said + true) if said + true else 100.0
            for name, hit, said, true in columns
        }
        return {"macro-f1": sum(values.values()) / width} | values

    unread = int(table[:, -1].sum())
    return Tally(counts=table, measure=measure, headline="macro-f1", credit=credit, unread=unread)


def highlight_words(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """CHLW: micro F1 over words. Agreeing on "nothing" is no hit, so a constant [] gets 0.

    ``nothing-agreement`` is the share of items without a word to highlight that were left empty.
    """
    table = np.zeros((len(items), 5))
    credit, unread = np.zeros(len(items)), 0
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        gold = {canonical(w) for w in paper_reading.literal(item.row["answer"])}
        listed = read.string_list(output)
        unread += listed is None
        found = {canonical(w) for w in listed or ()}
        table[at, :3] = len(gold & found), len(found), len(gold)
        table[at, 3:] = (not gold and listed is not None and not found), not gold
        credit[at] = table[at, 3] if not gold else 2 * len(gold & found) / (len(gold) + len(found))
    return _micro(table, credit, unread)


def reading_simple(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """MRC-simple: existence F1 and, over all items that have an answer, BLEU and ROUGE-1, -2, -L.

    Words are cut for Chinese, English and emoji alike; lists with brackets inside their strings are read; a
    missed answer counts 0 in the overlaps instead of leaving them.
    """
    table = np.zeros((len(items), 8))  # tp, fp, fn, four overlaps, items with an answer
    credit, unread = np.zeros(len(items)), 0
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        listed = read.string_list(output)
        unread += listed is None
        gold, found = "\n".join(item.row["answer"]).strip(), "\n".join(listed or ()).strip()
        table[at, 7] = bool(gold)
        if gold and found:
            table[at, 0] = 1
            table[at, 3:7] = _overlaps(found, gold)
            credit[at] = (1 + table[at, 3:7].sum()) / 5
        elif gold:
            table[at, 2] = 1
        else:
            # An unreadable output does not say "nothing": it is a wrong answer like any other.
            table[at, 1] = bool(found) or listed is None
            credit[at] = 1 - table[at, 1]

    def measure(sums: Sequence[float]) -> dict[str, float]:
        values = {"f1": _f1(*sums[:3])}
        names = ("bleu", "rouge-1", "rouge-2", "rouge-l")
        values |= {n: 100 * s / sums[7] if sums[7] else 100.0 for n, s in zip(names, sums[3:7], strict=True)}
        return {"mean": sum(values.values()) / len(values)} | values

    return Tally(counts=table, measure=measure, headline="mean", credit=credit, unread=unread)


def reading_complex(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """MRC-complex: existence F1, and per item the F1 of options, by words shared and by equality.

    Missing gold options cost recall (``paper`` looks at predicted ones only), and words are words.
    """
    table = np.zeros((len(items), 6))
    table[:, 5] = 1
    unread = 0
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        gold, found = read.options(item.row["answer"]), read.options(output)
        unread += found is None
        if gold and found:
            table[at, 0] = 1
            table[at, 3:5] = _option_f1(found, gold), evaluate("set_f1", _joined(found), [_joined(gold)])
        elif gold:
            table[at, 2] = 1
        else:
            table[at, 1] = bool(found) or found is None
            table[at, 3:5] = 1 - table[at, 1]

    def measure(sums: Sequence[float]) -> dict[str, float]:
        values = {
            "total-f1": _f1(*sums[:3]),
            "option-f1": 100 * sums[3] / sums[5],
            "option-em": 100 * sums[4] / sums[5],
        }
        return {"mean": sum(values.values()) / 3} | values

    credit = (table[:, 3] + table[:, 4]) / 2
    return Tally(counts=table, measure=measure, headline="mean", credit=credit, unread=unread)


def query_similarity(items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    """QueryGen: mean of the cosine of character n-grams and of edit similarity, of the first line."""
    lines = [read.line(output) for output in outputs]
    pairs = zip(items, lines, strict=True)
    values = [evaluate("query_similarity", text, [item.row["answer"]]) for item, text in pairs]
    return share_tally(values, headline="query-similarity", unread=sum(not text for text in lines))


def _micro(table: FloatArray, credit: FloatArray | None = None, unread: int = 0) -> Tally:
    def measure(sums: Sequence[float]) -> dict[str, float]:
        common, found, gold = sums[:3]
        values = {
            "f1": 200 * common / (found + gold) if found + gold else 100.0,
            "precision": 100 * common / found if found else 0.0,
            "recall": 100 * common / gold if gold else 0.0,
        }
        if len(sums) > 3:
            values["nothing-agreement"] = 100 * sums[3] / sums[4] if sums[4] else 100.0
        return values

    own = pair_f1(table) if credit is None else credit
    return Tally(counts=table, measure=measure, headline="f1", credit=own, unread=unread)


def _f1(tp: float, fp: float, fn: float) -> float:
    return 200 * tp / (2 * tp + fp + fn) if tp + fp + fn else 100.0


def _overlaps(found: str, gold: str) -> tuple[float, float, float, float]:
    left, right = tokenise(found), tokenise(gold)
    if left == right:
        return 1.0, 1.0, 1.0, 1.0
    bleu = _BLEU.sentence_score(" ".join(left), [" ".join(right)]).score / 100 if left else 0.0
    one, two = (_ngram_f1(left, right, order) for order in (1, 2))
    return min(1.0, bleu), one, two, rouge_l(found, gold, {})


def _ngram_f1(left: Sequence[str], right: Sequence[str], order: int) -> float:
    counts = [
        Counter(tuple(side[at : at + order]) for at in range(len(side) - order + 1)) for side in (left, right)
    ]
    total = counts[0].total() + counts[1].total()
    return 2 * (counts[0] & counts[1]).total() / total if total else 0.0


def _option_f1(found: Sequence[str], gold: Sequence[str]) -> float:
    table = [[_ngram_f1(tokenise(f), tokenise(g), 1) for g in gold] for f in found]
    precision = sum(max(row) for row in table) / len(found)
    recall = sum(max(column) for column in zip(*table, strict=True)) / len(gold)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _joined(options: Sequence[str]) -> str:
    return json.dumps(list(options), ensure_ascii=False)
