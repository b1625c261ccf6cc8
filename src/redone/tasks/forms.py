"""The forms of answer that many tasks share: how it looks, how it is read, what it earns, what is reported."""

from __future__ import annotations

from typing import TypedDict

from redone.scoring.spec import RewardSpec
from redone.tasks import rewards
from redone.tasks.task import AnswerForm


class Form(TypedDict):
    """Four fields of a task, to be given together: ``Task(..., **CHOICE)``."""

    answer: AnswerForm
    parser: str
    reward: RewardSpec
    metric: str


CHOICE: Form = {"answer": "label", "parser": "label", "reward": rewards.EXACT, "metric": "accuracy"}
"""One of the choices."""

NAMES: Form = {"answer": "list", "parser": "list", "reward": rewards.LIST_F1, "metric": "F1"}
"""Items in any order."""

ORDER: Form = {"answer": "list", "parser": "words", "reward": rewards.EXACT, "metric": "exact order"}
"""Letters in the right order."""

PIECE: Form = {"answer": "text", "parser": "span", "reward": rewards.EXACT, "metric": "exact match"}
"""A verbatim piece of the text, or ``[]``."""

PASSAGE: Form = {"answer": "text", "parser": "span", "reward": rewards.SPAN, "metric": "BLEU and ROUGE-L"}
"""A longer verbatim piece of the text, or ``[]``."""

COPY: Form = {"answer": "text", "parser": "text", "reward": rewards.EXACT, "metric": "exact match"}
"""The text again with something put right: a copy with the fault in it earns nothing."""

LINE: Form = {"answer": "text", "parser": "text", "reward": rewards.WORDING, "metric": "ROUGE-L"}
"""A written line, like the nearest acceptable one."""

SEARCH: Form = {"answer": "text", "parser": "text", "reward": rewards.QUERY, "metric": "query similarity"}
"""A written query."""

TRANSLATED: Form = {
    "answer": "text",
    "parser": "text",
    "reward": rewards.TRANSLATION,
    "metric": "mean of BLEU and chrF",
}
"""A written translation."""
