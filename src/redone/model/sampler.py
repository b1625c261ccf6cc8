"""Sampling in groups: the prompt is read once for all of a group's answers, and ended rows are dropped.

Group-relative training samples G answers to each prompt (DAPO, arXiv 2503.14476); with long prompts and
short answers the prompt is most of the work, so it is computed and kept once per group. Evaluation is the
case G = 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedModel

from redone.errors import UserError
from redone.model.chat import Chat
from redone.model.decoder import Decoder, take_weights
from redone.model.draws import Words, choose, choose_once, prompt_keys, row_keys, uniforms
from redone.model.kv import GroupCache
from redone.model.products import Kernels
from redone.records.rollout import FinishReason

BATCH_TOKENS = {"cpu": 16_384}
GPU_BATCH_TOKENS = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingSettings:
    """How answers are drawn.

    ``temperature`` 0 takes the most likely token. ``batch_tokens`` bounds the prompt and answer tokens that
    are worked on together; it changes memory and speed, not the answers. None is what suits a CPU's caches
    (16,384), or keeps a GPU busy (262,144).
    """

    group_size: int = 1
    max_new_tokens: int = 64
    temperature: float = 1.0
    top_p: float = 1.0
    batch_tokens: int | None = None

    def __post_init__(self) -> None:
        budget = 1 if self.batch_tokens is None else self.batch_tokens
        if min(self.group_size, self.max_new_tokens, budget) < 1:
            raise UserError(f"group_size, max_new_tokens and batch_tokens must be at least 1: {self}")
        if not 0.0 <= self.temperature < float("inf") or not 0.0 < self.top_p <= 1.0:
            raise UserError(f"temperature must be at least 0 and top_p in (0, 1]: {self}")


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer: its ids (with the stop token when ``finish`` is "stop") and a log-probability for each.

    The log-probabilities are those of the model's softmax at the sampling temperature (at temperature 1 for
    greedy answers), before ``top_p`` cuts it: at temperature 1 they are the policy's own.
    """

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    finish: FinishReason


class GroupSampler:
    """Draws answers from the weights that ``model`` has at the time of each call.

    ``dtype`` is that of the sampling arithmetic, the model's own by default. With f32 weights the
    log-probabilities equal those of a full forward pass to 1e-5. ``kernels`` "onednn" multiplies by oneDNN,
    which sums in another order (see ``products``).
    """

    def __init__(
        self,
        model: PreTrainedModel,
        chat: Chat,
        dtype: torch.dtype | None = None,
        *,
        kernels: Kernels = "torch",
    ) -> None:
        self.model = model
        self.dtype = dtype or model.dtype
        self.kernels = kernels
        self.stop = torch.tensor(sorted(chat.stop_ids), device=model.device)

    @torch.inference_mode()
    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        settings: SamplingSettings,
        seed: int,
        keys: Sequence[int] | None = None,
    ) -> list[list[Completion]]:
        """``settings.group_size`` answers to every prompt, in the order given.

        An answer's random numbers depend on ``seed``, its prompt's key, its row and the position alone, not
        on what is sampled beside it. The key of a prompt is made of its ids unless ``keys`` names one for
        each.

        Raises:
            UserError: a prompt is empty, or longer than the model's context allows.

        """
        if not prompts:
            return []
        self._check(prompts, settings)
        named = (
            prompt_keys(prompts) if keys is None else np.asarray([k & (2**64 - 1) for k in keys], np.uint64)
        )
        if len(named) != len(prompts):
            raise UserError(f"{len(named)} keys were given for {len(prompts)} prompts")
        decoder = take_weights(self.model, self.dtype, self.kernels)
        answers: list[list[Completion]] = [[] for _ in prompts]
        budget = settings.batch_tokens or BATCH_TOKENS.get(self.model.device.type, GPU_BATCH_TOKENS)
        for members in batches([len(p) for p in prompts], settings, budget):
            batch = [prompts[i] for i in members]
            drawn = row_keys(seed, named[members], settings.group_size)
            for place, group in zip(
                members, _sample(decoder, batch, drawn, settings, self.stop), strict=True
            ):
                answers[place] = group
        return answers

    def _check(self, prompts: Sequence[Sequence[int]], settings: SamplingSettings) -> None:
        room = self.model.config.max_position_embeddings - settings.max_new_tokens
        for place, prompt in enumerate(prompts):
            if not 0 < len(prompt) <= room:
                raise UserError(
                    f"prompt {place} has {len(prompt)} tokens; with max_new_tokens {settings.max_new_tokens} "
                    f"the model's context takes 1 to {room}"
                )


def batches(lengths: Sequence[int], settings: SamplingSettings, budget: int) -> Iterator[list[int]]:
    """Places of prompts of like length, longest first, within the token budget."""
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    answer = settings.group_size * min(settings.max_new_tokens, 64)
    start = 0
    while start < len(order):
        size = max(1, budget // (lengths[order[start]] + answer))
        yield order[start : start + size]
        start += size


def _sample(
    decoder: Decoder, prompts: Sequence[Sequence[int]], keys: Words, settings: SamplingSettings, stop: Tensor
) -> list[list[Completion]]:
    device, size = decoder.embed.device, settings.group_size
    lengths = torch.tensor([len(p) for p in prompts], device=device)
    rope = decoder.rope_table(int(lengths.max()) + settings.max_new_tokens)
    last, prompt = prefill(decoder, prompts, lengths, rope)
    begun = Begun(
        logits=decoder.logits(last).repeat_interleave(size, 0),
        at=lengths.repeat_interleave(size),
        rope=rope,
        cache=GroupCache(decoder, prompt, lengths, size),
    )
    return draw_answers(decoder, begun, keys, settings, stop)


class Cache(Protocol):
    """Keys and values of the rows that are being answered."""

    def advance(self) -> None:
        """Make room for one more answer token per row."""
        ...

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Store the step's key and value ``[R, KV, D]`` and attend: query ``[R, H, D]`` -> ``[R, H * D]``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Rows whose prompts have been read: logits of their first tokens ``[R, V]`` and where these stand ``[R]``."""

    logits: Tensor
    at: Tensor
    rope: tuple[Tensor, Tensor]
    cache: GroupCache


def draw_answers(
    decoder: Decoder, begun: Begun, keys: Words, settings: SamplingSettings, stop: Tensor
) -> list[list[Completion]]:
    """Answers to prompts that have been read; ``keys`` has the random key of every row."""
    device, rope, cache = decoder.embed.device, begun.rope, begun.cache
    rows = torch.arange(len(keys), device=device)
    logits, at = begun.logits, begun.at
    record = _Record(len(keys), settings)
    draw = choose_once if decoder.head[0].is_mkldnn else choose
    for position in range(settings.max_new_tokens):
        chance = None
        if settings.temperature > 0:
            chance = torch.from_numpy(uniforms(keys, position)).to(device)
        ids, logprobs = draw(logits, chance, settings.temperature, settings.top_p)
        ended = torch.isin(ids, stop)
        record.add(rows, ids, logprobs, ended)
        if position + 1 == settings.max_new_tokens or bool(ended.all()):
            break
        if bool(ended.any()):
            alive = ~ended
            rows, at, ids = rows[alive], at[alive], ids[alive]
            keys = keys[alive.cpu().numpy()]
            cache.keep(alive)
        logits = decode_step(decoder, cache, ids, (rope[0][at][:, None], rope[1][at][:, None]))
        at = at + 1
    return record.completions()


def prefill(
    decoder: Decoder, prompts: Sequence[Sequence[int]], lengths: Tensor, rope: tuple[Tensor, Tensor]
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Hidden state of the prompts' last tokens ``[B, hidden]``; keys and values ``[layers, B, KV, T, D]``."""
    device = decoder.embed.device
    count, span = len(prompts), int(lengths.max())
    ids = torch.tensor([list(p) + [0] * (span - len(p)) for p in prompts], device=device).view(-1)
    hidden = decoder.embed[ids]
    turns = tuple(table[:span].repeat(count, 1)[:, None] for table in rope)
    shape = (len(decoder.layers), count, decoder.kv_heads, span, decoder.head_dim)
    keys, values = hidden.new_empty(shape), hidden.new_empty(shape)
    ends = torch.arange(count, device=device) * span + lengths - 1
    for place, layer in enumerate(decoder.layers):
        query, key, value = decoder.project(layer, hidden, (turns[0], turns[1]))
        keys[place] = key.view(count, span, -1, decoder.head_dim).transpose(1, 2)
        values[place] = value.view(count, span, -1, decoder.head_dim).transpose(1, 2)
        query = query.view(count, span, -1, decoder.head_dim).transpose(1, 2)
        attended = F.scaled_dot_product_attention(
            query, keys[place], values[place], is_causal=True, enable_gqa=True
        )
        attended = attended.transpose(1, 2).reshape(count * span, -1)
        if place + 1 == len(decoder.layers):  # nothing looks at the other tokens any more
            hidden, attended = hidden[ends], attended[ends]
        hidden = decoder.finish(layer, hidden, attended)
    return hidden, (keys, values)


def decode_step(
    decoder: Decoder, cache: Cache, ids: Tensor, rope: tuple[Tensor, Tensor], step: int = 1
) -> Tensor:
    """Feed one token per live row ``[R]`` and return the next logits ``[R, V]``.

    A multiple of ``step`` rows is multiplied, where a new number of rows is dear (see ``prompt_reading``).
    """
    cache.advance()
    rows, spare = len(ids), -len(ids) % step
    if spare:  # rows that nobody looks at
        ids = F.pad(ids, (0, spare))
        rope = (F.pad(rope[0], (0, 0, 0, 0, 0, spare)), F.pad(rope[1], (0, 0, 0, 0, 0, spare)))
    hidden = decoder.embed[ids]
    for place, layer in enumerate(decoder.layers):
        query, key, value = decoder.project(layer, hidden, rope)
        attended = cache.attend(place, query[:rows], key[:rows], value[:rows])
        hidden = decoder.finish(layer, hidden, F.pad(attended, (0, 0, 0, spare)) if spare else attended)
    return decoder.logits(hidden)[:rows]


class _Record:
    """Tokens as they are drawn, by step; turned into answers at the end."""

    def __init__(self, rows: int, settings: SamplingSettings) -> None:
        self.settings = settings
        self.steps: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
        self.count = rows

    def add(self, rows: Tensor, ids: Tensor, logprobs: Tensor, ended: Tensor) -> None:
        self.steps.append((rows, ids, logprobs, ended))

    def completions(self) -> list[list[Completion]]:
        ids: list[list[int]] = [[] for _ in range(self.count)]
        logprobs: list[list[float]] = [[] for _ in range(self.count)]
        stopped = [False] * self.count
        for step in self.steps:
            for row, token, logprob, ended in zip(*(part.tolist() for part in step), strict=True):
                ids[row].append(token)
                logprobs[row].append(logprob)
                stopped[row] = ended
        made = [
            Completion(tuple(i), tuple(p), "stop" if s else "length")
            for i, p, s in zip(ids, logprobs, stopped, strict=True)
        ]
        size = self.settings.group_size
        return [made[start : start + size] for start in range(0, len(made), size)]
