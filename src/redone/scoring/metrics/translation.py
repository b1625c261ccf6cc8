"""Translation metrics by sacrebleu, per sentence and scaled to 0..1.

``params["tokenize"]`` overrides the BLEU tokenizer; otherwise it follows the script of the first reference:
"zh" for Han, "char" for kana and Hangul (sacrebleu's own tokenizers for them need packages that are not
installed), "13a" for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sacrebleu.metrics import BLEU, CHRF

from redone.scoring.normalise import tidy

_KANA_HANGUL = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_CHRF = CHRF(beta=2, word_order=0)
_CHRF_PP = CHRF(beta=2, word_order=2)


def bleu(answer: str, references: Sequence[str], params: Mapping[str, Any]) -> float:
    """Sentence BLEU with effective order and exponential smoothing, against all references at once."""
    plain = [tidy(reference) for reference in references]
    scorer = _bleu_scorer(str(params.get("tokenize", "")) or _tokenizer_for(plain[0]))
    return _share(scorer.sentence_score(tidy(answer), plain).score)


def chrf(answer: str, references: Sequence[str], params: Mapping[str, Any]) -> float:
    """ChrF (character 6-grams, beta 2, no words), best over the references."""
    return _share(_CHRF.sentence_score(tidy(answer), [tidy(r) for r in references]).score)


def chrf_plus_plus(answer: str, references: Sequence[str], params: Mapping[str, Any]) -> float:
    """ChrF++ (word bigrams too), best over the references."""
    return _share(_CHRF_PP.sentence_score(tidy(answer), [tidy(r) for r in references]).score)


def _share(percent: float) -> float:
    # sacrebleu's sums can end a rounding error above 100.
    return min(1.0, percent / 100)


@lru_cache(maxsize=16)
def _bleu_scorer(tokenize: str) -> BLEU:
    return BLEU(tokenize=tokenize, effective_order=True)


def _tokenizer_for(reference: str) -> str:
    if _KANA_HANGUL.search(reference):
        return "char"
    return "zh" if _HAN.search(reference) else "13a"
