"""The next token of every row, each at its own temperature and nucleus."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from redone.model.draws import choose_once
from redone.serving.engine.answers import Row


def pick(logits: Tensor, rows: Sequence[Row]) -> tuple[list[int], list[float]]:
    """Tokens and their log-probabilities for ``logits`` ``[R, V]``, which are overwritten.

    A row's random numbers come from its own seed in order, so that they do not depend on its neighbours.
    Log-probabilities of likeliest tokens are 0 where no row asks for them: they cost more than the choice.
    """
    kinds = {_kind(row) for row in rows}
    if len(kinds) == 1:
        return _pick_alike(logits, rows)
    tokens, scores = [0] * len(rows), [0.0] * len(rows)
    for kind in kinds:
        places = [i for i, row in enumerate(rows) if _kind(row) == kind]
        part = logits[torch.tensor(places, device=logits.device)]
        for place, token, score in zip(places, *_pick_alike(part, [rows[i] for i in places]), strict=True):
            tokens[place], scores[place] = token, score
    return tokens, scores


def _kind(row: Row) -> tuple[float, float]:
    return row.ask.temperature, row.ask.top_p if row.ask.temperature > 0 else 1.0


def _pick_alike(logits: Tensor, rows: Sequence[Row]) -> tuple[list[int], list[float]]:
    """The same for rows of one temperature and nucleus."""
    temperature, top_p = _kind(rows[0])
    if temperature == 0 and not any(row.ask.scored for row in rows):
        return logits.argmax(-1).tolist(), [0.0] * len(rows)
    chance = None
    if temperature > 0:
        drawn = [row.chance.random() for row in rows]
        chance = torch.tensor(drawn, dtype=torch.float64, device=logits.device)
    ids, logprobs = choose_once(logits, chance, temperature, top_p)
    return ids.tolist(), logprobs.tolist()
