"""Answers to prompts that are read batch by batch: rows that are still written when few are left join the next batch.

A step reads every weight, however few rows it feeds. Where most answers end early and some run to the limit, steps
for a handful of rows would take a good part of the time; so the last ones wait and go on beside the next prompts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redone.model.completion import Completion, SamplingSettings
from redone.model.decoder import Decoder, Rope
from redone.model.draws import Words, choose, choose_once, uniforms
from redone.model.passes import decode_step
from redone.model.row_cache import RowCache


@dataclass(slots=True)
class ReadRows:
    """Rows whose prompts have been read: next logits ``[R, V]``, where these stand ``[R]``, the rows' cache.

    Fresh from reading, the cache also has the rows that waited, before these.
    """

    places: list[int]
    keys: Words
    logits: Tensor
    at: Tensor
    cache: RowCache


class RowDrawer:
    """Writes the answers of rows that come in batches; what is drawn does not depend on who stands beside it."""

    def __init__(self, decoder: Decoder, settings: SamplingSettings, stop: Tensor, rope: Rope) -> None:
        self.decoder, self.settings, self.stop, self.rope = decoder, settings, stop, rope
        self._draw = choose_once if decoder.head[0].is_mkldnn else choose
        self._live: ReadRows | None = None
        self._written: dict[int, tuple[list[int], list[float]]] = {}

    @property
    def waiting(self) -> RowCache | None:
        """Keys and values of the rows that are not finished."""
        return None if self._live is None else self._live.cache

    def add(self, rows: ReadRows) -> None:
        """Take rows in beside those that wait, which stand before them in their cache already."""
        self._written |= {place: ([], []) for place in rows.places}
        live = self._live
        if live is None:
            self._live = rows
            return
        self._live = ReadRows(
            places=live.places + rows.places,
            keys=np.concatenate((live.keys, rows.keys)),
            logits=torch.cat((live.logits, rows.logits)),
            at=torch.cat((live.at, rows.at)),
            cache=rows.cache,
        )

    def write(self, left: int, step: int) -> list[tuple[int, Completion]]:
        """Write until at most ``left`` rows are unfinished; steps feed a multiple of ``step`` rows."""
        done: list[tuple[int, Completion]] = []
        while self._live is not None and (not done or len(self._live.places) > left):
            ids, ended = self._draw_tokens(self._live)
            done += ended
            if self._live is not None:
                self._feed(self._live, ids, step)
        return done

    def _draw_tokens(self, live: ReadRows) -> tuple[Tensor, list[tuple[int, Completion]]]:
        """Draw a token for every row and drop the rows that end with it; the tokens of the others are returned."""
        settings = self.settings
        chance = None
        if settings.temperature > 0:
            counts = np.asarray([len(self._written[place][0]) for place in live.places], np.uint64)
            chance = torch.from_numpy(uniforms(live.keys, counts)).to(live.at.device)
        ids, logprobs = self._draw(live.logits, chance, settings.temperature, settings.top_p)
        stopped = torch.isin(ids, self.stop).tolist()
        done = []
        drawn = zip(live.places, ids.tolist(), logprobs.tolist(), stopped, strict=True)
        for place, token, logprob, stops in drawn:
            tokens, chances = self._written[place]
            tokens.append(token)
            chances.append(logprob)
            if stops or len(tokens) == settings.max_new_tokens:
                del self._written[place]
                done.append((place, Completion(tuple(tokens), tuple(chances), "stop" if stops else "length")))
        if len(done) == len(live.places):
            self._live = None
        elif done:
            ids = ids[self._keep(live)]
        return ids, done

    def _keep(self, live: ReadRows) -> Tensor:
        alive = torch.tensor([place in self._written for place in live.places], device=live.at.device)
        order = live.cache.keep(alive)
        live.places, live.keys = [live.places[row] for row in order.tolist()], live.keys[order.cpu().numpy()]
        live.at = live.at[order]
        return order

    def _feed(self, live: ReadRows, ids: Tensor, step: int) -> None:
        turns = (self.rope[0][live.at][:, None], self.rope[1][live.at][:, None])
        live.logits = decode_step(self.decoder, live.cache, ids, turns, step)
        live.at = live.at + 1
