"""IFEval's four numbers: prompts and instructions, strict and loose. Prompt-level strict is the headline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redone.bench.general.ifeval.checks import CHECKS, followed
from redone.bench.sets import Item, Mode
from redone.bench.tally import Tally

_KINDS = tuple(CHECKS)


def loose_forms(text: str) -> list[str]:
    """Return the answer without its first line, last line, both, or stars: eight forms in all."""
    lines = text.split("\n")
    forms = [
        text,
        "\n".join(lines[1:]).strip(),
        "\n".join(lines[:-1]).strip(),
        "\n".join(lines[1:-1]).strip(),
    ]
    return [*forms, *(form.replace("*", "") for form in forms)]


def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """Check every instruction; both modes are the same."""
    table = np.zeros((len(items), 5 + 2 * len(_KINDS)))  # four counts, prompts, then per kind: right, all
    instructions = np.zeros(len(items))
    for at, (item, output) in enumerate(zip(items, outputs, strict=True)):
        pairs = list(zip(item.row["instruction_id_list"], item.row["kwargs"], strict=True))
        forms = loose_forms(output)
        strict = [followed(kind, arguments, output) for kind, arguments in pairs]
        loose = [any(followed(kind, arguments, form) for form in forms) for kind, arguments in pairs]
        table[at, :5] = all(strict), sum(strict), all(loose), sum(loose), 1
        instructions[at] = len(pairs)
        for (kind, _), right in zip(pairs, strict, strict=True):
            column = 5 + 2 * _KINDS.index(kind)
            table[at, column] += right
            table[at, column + 1] += 1

    def measure(sums: Sequence[float]) -> dict[str, float]:
        prompt_strict, strict, prompt_loose, loose, prompts, *kinds = sums
        total = sum(kinds[1::2])
        values = {
            "prompt-strict": 100 * prompt_strict / prompts,
            "instruction-strict": 100 * strict / total,
            "prompt-loose": 100 * prompt_loose / prompts,
            "instruction-loose": 100 * loose / total,
        }
        shares = zip(_KINDS, kinds[0::2], kinds[1::2], strict=True)
        return values | {f"strict/{kind}": 100 * right / whole for kind, right, whole in shares if whole}

    credit = table[:, 1] / instructions
    return Tally(counts=table, measure=measure, headline="prompt-strict", credit=credit)
