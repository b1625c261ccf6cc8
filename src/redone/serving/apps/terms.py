"""The words of a text that carry its matter: without a dictionary, in Chinese and English."""

from __future__ import annotations

import re

from redone.scoring.normalise import canonical

_HAN_RUN = re.compile("[\u3400-\u9fff]+")
_WORD = re.compile(r"[a-z0-9][a-z0-9'\-]*")
_STOP_EN = frozenset(
    """
    a about again all am an and any are as at be been but by can did do does doing for from get go got had has
    have he her him his how i if in into is it its just me more most my new no not now of off on one or our out
    over own she so some such than that the their them then there these they this to too up us very was we were
    what when where which who why will with you your overall quite really honestly best good tips guide
    """.split()  # noqa: SIM905
)
_STOP_ZH = frozenset(
    "的了吗呢吧啊呀我你他她它们是在和与也都很就还又到去来个这那有被把给让啦哦嘛着过多少怎么什"
)


def content_terms(text: str) -> set[str]:
    """Words of English; pairs of neighbouring characters of Chinese; function words left out."""
    folded = canonical(text)
    terms = {w for w in _WORD.findall(folded) if w not in _STOP_EN}
    for run in _HAN_RUN.findall(folded):
        pairs = (run[i : i + 2] for i in range(len(run) - 1))
        terms.update(p for p in pairs if not set(p) & _STOP_ZH)
        if len(run) == 1 and run not in _STOP_ZH:
            terms.add(run)
    return terms


def carries_matter(run: str) -> bool:
    """Whether a run of Chinese characters is more than function words."""
    return bool(set(run) - _STOP_ZH)


def shares_a_term(text: str, source: str) -> bool:
    """Whether something that the text is about stands in the source."""
    return bool(content_terms(text) & content_terms(source))


def common_runs(one: str, other: str, shortest: int = 2) -> list[str]:
    """Runs of Chinese characters that stand in both texts, the longest ones, in the order of the first."""
    runs: list[str] = []
    for run in _HAN_RUN.findall(one):
        start = 0
        while start < len(run):
            end = start
            while end < len(run) and run[start : end + 1] in other:
                end += 1
            if end - start >= shortest:
                runs.append(run[start:end])
                start = end
            else:
                start += 1
    return list(dict.fromkeys(runs))
