"""The next token of every row, each at its own temperature and nucleus."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from redone.model.draws import choose
from redone.serving.engine.answers import Row


def pick(logits: Tensor, rows: Sequence[Row]) -> tuple[list[int], list[float]]:
    """Tokens and their log-probabilities for ``logits`` ``[R, V]``.

    A row's random numbers come from its own seed in order, so that they do not depend on its neighbours.
    """
    kinds = {(row.ask.temperature, row.ask.top_p if row.ask.temperature > 0 else 1.0) for row in rows}
    if len(kinds) == 1:
        temperature, top_p = kinds.pop()
        ids, logprobs = choose(logits, _chances(rows, logits, temperature), temperature, top_p)
        return ids.tolist(), logprobs.tolist()
    tokens, scores = [0] * len(rows), [0.0] * len(rows)
    for temperature, top_p in kinds:
        places = [i for i, row in enumerate(rows) if _same(row, temperature, top_p)]
        members = [rows[i] for i in places]
        part = logits[torch.tensor(places, device=logits.device)]
        ids, logprobs = choose(part, _chances(members, part, temperature), temperature, top_p)
        for place, token, score in zip(places, ids.tolist(), logprobs.tolist(), strict=True):
            tokens[place], scores[place] = token, score
    return tokens, scores


def _same(row: Row, temperature: float, top_p: float) -> bool:
    return row.ask.temperature == temperature and (temperature == 0 or row.ask.top_p == top_p)


def _chances(rows: Sequence[Row], logits: Tensor, temperature: float) -> Tensor | None:
    if temperature == 0:
        return None
    return torch.tensor([row.chance.random() for row in rows], dtype=torch.float64, device=logits.device)
