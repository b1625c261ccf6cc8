"""Phrases that negate or warn without stating anything: "you won't believe", "不看后悔".

They ask the reader to look. A rewrite may leave them out, and a rewrite that has only them keeps no warning. The list
is narrow on purpose: what it does not know counts as a fact, and one that names a deadline, a departure or a
dose stays a fact as well.
"""

from __future__ import annotations

import re

_TIMED_EN = (
    r"(?!.{0,30}\b(?:deadlines?|last|final|flights?|trains?|bus(?:es)?|exits?|turn|"
    r"doses?|payments?|appointments?)\b)"
)
_TIMED_ZH = "(?!.{0,10}(?:截止|时间|期限|日期|末班|报名|航班|飞机|火车|高铁|考试|剂量|还款|疫苗|复查))"
_BAIT = {
    "en": re.compile(
        r"\b(?:you|u)(?:'ll| will)? (?:won't|wont|will not|wouldn't|would not|can't|cannot|never)"
        r" (?:be able to )?(?:believe|guess|imagine)\b"
        r"|\b(?:can't|cannot) believe (?:it|this|my eyes|how|what)\b"
        r"|\b(?:do not|don't|dont|never|can't|cannot|not to)(?: ever)? (?:be )?miss(?:ed)?(?: out)?\b" + _TIMED_EN +
        r"|\b(?:you(?:'ll| will) )?regret (?:it )?if you (?:skip|miss|scroll)\b"
        r"|\b(?:you(?:'ll| will) )?regret not (?:reading|seeing|watching|knowing)\b"
        r"|\byou (?:won't|wont|will not|will never)(?: ever)? regret\b"
        r"|\b(?:no one|nobody)(?: ever)? (?:tells|told) you(?: about)?\b"
        r"|\b(?:do not|don't|dont) want you to (?:know|see)\b"
        r"|\bstop scrolling\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        "不看(?:就|会|你会|真的?会|真的)?(?:后悔|可惜|遗憾|亏)"
        f"|(?:千万|一定|绝对)?(?:别|不要|不能|不可|不容|切勿|勿)错过{_TIMED_ZH}"
        f"|错过(?:就|会|你会|真的?会)?后悔{_TIMED_ZH}"
        "|(?:千万|万万|绝对|一定|肯定|完全|根本)?(?:想不到|没想到|猜不[到透]|意想不到|不敢相信|不敢信|不会相信|难以置信)"
        "|(?:从来)?没有?人(?:会)?告诉过?你"
        "|(?:绝|肯定|一定|保证)不会?后悔"
        "|后悔没(?:有)?早点?(?:看到|看|知道|发现)"
        "|不要太(?=[好香美爽绝赞棒])|别提有?多"
    ),
}  # fmt: skip


def without_bait(text: str, language: str) -> str:
    """The text without such phrases, apostrophes made straight."""
    return _BAIT[language].sub(" ", text.replace("\u2019", "'"))
