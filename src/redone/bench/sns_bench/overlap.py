"""BLEU and ROUGE as the public SNS-Bench scorer gets them from NLTK 3.9 and from the ``rouge`` package 1.0.1.

Both are written anew: the same numbers (tests compare them with the packages), without their recursion limit
and their quadratic dictionaries. Neither is a metric to use elsewhere: ROUGE here counts distinct n-grams,
and its longest common subsequence is a union over sentences cut at every full stop.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np

_SMOOTH = 1e-8


def sentence_bleu(reference: Sequence[str], hypothesis: Sequence[str], epsilon: float = 0.0) -> float:
    """4-gram BLEU of one sentence against one reference, on 0..1.

    Without ``epsilon`` a missing n-gram order makes it 0 (NLTK's default); with 0.1 it is NLTK's "method1".
    """
    precisions = []
    for order in range(1, 5):
        found, wanted = _ngram_counts(hypothesis, order), _ngram_counts(reference, order)
        matched, total = (found & wanted).total(), max(1, found.total())
        if order == 1 and not matched:
            return 0.0
        missing = epsilon / total if epsilon else sys.float_info.min
        precisions.append(matched / total if matched else missing)
    short = len(reference) > len(hypothesis)
    penalty = math.exp(1 - len(reference) / len(hypothesis)) if short else 1.0
    return penalty * math.exp(math.fsum(0.25 * math.log(p) for p in precisions))


def rouge(hypothesis: str, reference: str) -> tuple[float, float, float] | None:
    """Return ROUGE-1, ROUGE-2 and ROUGE-L (F, 0..1) of texts whose tokens are parted by spaces.

    None where a side has no sentence (nothing but full stops): the package raises there.
    """
    left, right = _sentences(hypothesis), _sentences(reference)
    if not left or not right:
        return None
    words, gold = [w for s in left for w in s], [w for s in right for w in s]
    one, two = (_f1(_distinct(words, order), _distinct(gold, order)) for order in (1, 2))
    union = _in_some_pair(left, right)
    recall, precision = len(union) / len(set(gold)), len(union) / len(set(words))
    return one, two, 2.0 * ((precision * recall) / (precision + recall + _SMOOTH))


def _ngram_counts(tokens: Sequence[str], order: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[at : at + order]) for at in range(len(tokens) - order + 1))


def _sentences(text: str) -> list[list[str]]:
    # A sentence of spaces only is one empty word, as in the package.
    return [" ".join(part.split()).split(" ") for part in text.split(".") if part]


def _distinct(words: Sequence[str], order: int) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + order]) for at in range(len(words) - order + 1)}


def _f1(found: set[tuple[str, ...]], wanted: set[tuple[str, ...]]) -> float:
    common = len(found & wanted)
    precision = common / len(found) if found else 0.0
    recall = common / len(wanted) if wanted else 0.0
    return 2.0 * ((precision * recall) / (precision + recall + _SMOOTH))


def _in_some_pair(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> set[str]:
    """The union of ``_common`` over all pairs of a found and a reference sentence."""
    union: set[str] = set()
    for sentence in right:
        here = set(sentence)
        for other in left:
            # Nothing else can be found in a pair: answers of thousands of sentences repeat the same few words.
            if not here.isdisjoint(other) and not here.intersection(other) <= union:
                union |= _common(sentence, other)
    return union


def _common(reference: Sequence[str], hypothesis: Sequence[str]) -> set[str]:
    """Words of the longest common subsequence that backtracking finds, shorter references first."""
    codes = {word: code for code, word in enumerate({*reference, *hypothesis})}
    columns = np.asarray([codes[word] for word in hypothesis])
    narrow = min(len(reference), len(hypothesis)) < 1 << 16
    table = np.zeros((len(reference) + 1, len(hypothesis) + 1), dtype=np.uint16 if narrow else np.int32)
    for at, word in enumerate(reference, start=1):
        stepped = np.maximum(table[at - 1, 1:], table[at - 1, :-1] + (columns == codes[word]))
        table[at, 1:] = np.maximum.accumulate(stepped)
    found: set[str] = set()
    row, column = len(reference), len(hypothesis)
    while row and column:
        if reference[row - 1] == hypothesis[column - 1]:
            found.add(reference[row - 1])
            row, column = row - 1, column - 1
        elif table[row - 1, column] > table[row, column - 1]:
            row -= 1
        else:
            column -= 1
    return found
