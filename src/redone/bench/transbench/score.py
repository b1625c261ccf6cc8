"""SNS-TransBench: segment means of BLEU and chrF per direction; corpus BLEU, chrF2 and chrF++ beside them.

No paper says how segments are averaged; the published rows behave as segment means of sacrebleu's BLEU
(effective order; tokenised "zh" or "13a" by target) and plain chrF, although the column is called "chrF++".
Newlines and emoji are kept: one source in five has several lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from sacrebleu.metrics import BLEU, CHRF

from redone.bench.reading import Row, rows_loader
from redone.bench.sets import NONCOMMERCIAL, BenchSet, Item, Mode
from redone.bench.tally import Tally
from redone.errors import UserError

FILE = "RedTrans-Bench"
SOURCE = "Download RedTrans-Bench.json of github.com/HC-Guo/RedTrans and name its folder with --data."
DIRECTIONS = ("zh-en", "en-zh")
_TOKENIZERS = {"en": "13a", "zh": "zh"}


def source_text(item: Item) -> str:
    """Return the text to translate."""
    return str(item.row[item.row["src_lang"]])


def reference_text(item: Item) -> str:
    """Return the one reference."""
    return str(item.row[item.row["dst_lang"]])


def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """Score translations; both modes are the same, for the public code has no defect that changes them."""
    targets = [str(item.row["dst_lang"]) for item in items]
    groups = [item.group for item in items]
    return translation_tally(groups, targets, [reference_text(i) for i in items], outputs)


def translation_tally(
    groups: Sequence[str], targets: Sequence[str], references: Sequence[str], outputs: Sequence[str]
) -> Tally:
    """Return the tally of translations, a group being a language pair: mean of each pair's BLEU and chrF."""
    names = list(dict.fromkeys(groups))
    table = np.zeros((len(outputs), 3 * len(names)))
    credit = np.zeros(len(outputs))
    rows = zip(groups, targets, references, outputs, strict=True)
    for at, (group, target, reference, output) in enumerate(rows):
        bleu = segment_bleu(target, reference, output)
        chrf = 100.0 if output == reference else _chrf(0).sentence_score(output, [reference]).score
        column = 3 * names.index(group)
        table[at, column : column + 3] = bleu, chrf, 1
        credit[at] = (bleu + chrf) / 200

    def measure(sums: Sequence[float]) -> dict[str, float]:
        parts: dict[str, float] = {}
        for name, bleu, chrf, count in zip(names, sums[0::3], sums[1::3], sums[2::3], strict=True):
            if count:
                parts |= {f"{name}/bleu": bleu / count, f"{name}/chrf": chrf / count}
        return {"mean": sum(parts.values()) / len(parts)} | parts

    extras = _corpus(names, groups, targets, references, outputs)
    return Tally(counts=table, measure=measure, headline="mean", credit=credit, extras=extras)


def segment_bleu(target: str, reference: str, output: str) -> float:
    """Return sacrebleu's sentence BLEU with effective order, 0..100."""
    if output == reference:
        return 100.0  # also where the text has no token that the tokenizer knows
    return min(100.0, float(_bleu(_tokenizer(target)).sentence_score(output, [reference]).score))


def _corpus(
    names: Sequence[str],
    groups: Sequence[str],
    targets: Sequence[str],
    references: Sequence[str],
    outputs: Sequence[str],
) -> Mapping[str, float]:
    values = {}
    for name in names:
        places = [at for at, group in enumerate(groups) if group == name]
        texts = [outputs[at] for at in places]
        gold = [[references[at] for at in places]]
        tokenizer = _tokenizer(targets[places[0]])
        values[f"{name}/corpus-bleu"] = BLEU(tokenize=tokenizer).corpus_score(texts, gold).score
        values[f"{name}/corpus-chrf2"] = _chrf(0).corpus_score(texts, gold).score
        values[f"{name}/corpus-chrf++"] = _chrf(2).corpus_score(texts, gold).score
    return values


def _tokenizer(target: str) -> str:
    return _TOKENIZERS.get(target, "char" if target in {"ja", "ko", "th"} else "13a")


@lru_cache(maxsize=8)
def _bleu(tokenize: str) -> Any:
    return BLEU(tokenize=tokenize, effective_order=True)


@lru_cache(maxsize=2)
def _chrf(words: int) -> Any:
    return CHRF(beta=2, word_order=words)


def copy_source(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the model that does not translate."""
    return {"source copied": [source_text(item) for item in items]}


def _direction(row: Row) -> str:
    pair = f"{row['src_lang']}-{row['dst_lang']}"
    if pair not in DIRECTIONS:
        raise UserError(f"{FILE}: direction {pair!r} is none of {', '.join(DIRECTIONS)}")
    return pair


_FIELDS = ("en", "zh", "src_lang", "dst_lang")
SNS_TRANSBENCH: tuple[BenchSet, ...] = (
    BenchSet(
        id=FILE,
        suite="sns-transbench",
        task="Translation",
        capability="translation",
        metric="mean of segment BLEU and chrF",
        licence=NONCOMMERCIAL,
        source=SOURCE,
        load=rows_loader("sns-transbench", [f"{FILE}.json"], _FIELDS, SOURCE, _direction),
        score=score,
        gold=reference_text,
        trivial=copy_source,
        items=2858,
        sha256="da8f70155689441f68d9fae5d43335e261e65a053338f29cc083c113a3759734",
    ),
)
