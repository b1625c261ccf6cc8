"""Sampling in groups: the prompt is read once for all of a group's answers, and ended rows are dropped.

Group-relative training samples G answers to each prompt (DAPO, arXiv 2503.14476); with long prompts and
short answers the prompt is most of the work, so it is computed and kept once per group. Evaluation is the
case G = 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from redone.errors import UserError
from redone.model.chat import Chat
from redone.model.completion import Completion, SamplingSettings
from redone.model.decoder import Decoder
from redone.model.draws import Words, choose, choose_once, prompt_keys, row_keys, uniforms
from redone.model.kv import GroupCache
from redone.model.passes import decode_step, prefill
from redone.model.products import Kernels
from redone.model.weights import take_weights

BATCH_TOKENS = {"cpu": 16_384}
GPU_BATCH_TOKENS = 262_144


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
