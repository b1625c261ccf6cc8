"""Two-step sums with the steps as rationale; the answer alone is judged."""

from __future__ import annotations

import random

from redone.tasks import rewards
from redone.tasks.general.endless import general_task
from redone.tasks.task import Draft


def _draft(rng: random.Random, language: str, world: int) -> Draft:
    """Draw ``a + b * c`` or one of its relatives, with small numbers: about 1,700 different sums."""
    b, c, a = rng.randint(2, 6), rng.randint(2, 6), rng.randint(1, 17)
    product = b * c
    first_step = f"{b}*{c}={product}"
    form = rng.choice(("a+b*c", "b*c+a", "b*c-a", "a+b+c"))
    if form == "a+b*c":
        asked, result = f"{a}+{b}*{c}", a + product
        last_step = f"{a}+{product}={result}"
    elif form == "b*c+a":
        asked, result = f"{b}*{c}+{a}", product + a
        last_step = f"{product}+{a}={result}"
    elif form == "b*c-a":
        a = min(a, product - 1)
        asked, result = f"{b}*{c}-{a}", product - a
        last_step = f"{product}-{a}={result}"
    else:
        asked, result = f"{a}+{product}+{c}", a + product + c
        first_step = f"{a}+{product}={a + product}"
        last_step = f"{a + product}+{c}={result}"
    rationale = f"{first_step} ; {last_step}"
    return Draft(language=language, slots={"sum": asked}, answers=(str(result),), rationale=rationale)


ARITHMETIC = (
    general_task(
        id="arithmetic",
        title={"en": "Two-step sums", "zh": "两步算术"},
        prompts={
            "en": ("{sum} =", "Work out {sum}.", "What is {sum}?"),
            "zh": ("计算{sum}", "{sum}等于？", "计算{sum}等于？"),
        },
        answer=("number", "number"),
        reward=rewards.EXACT,
        metric="accuracy",
        generate=_draft,
    ),
)
