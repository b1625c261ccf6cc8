"""Models of published sizes, groups to train on, their tokens and operations, and a GPU's peak by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from _world import END, make_model, make_prompts

from redone.recipe.scale.architecture import Architecture
from redone.recipe.scale.flops import backward_flops, causal_pairs, forward_flops
from redone.recipe.scale.hardware import GPUS
from redone.recipe.scale.model_sizes import preset
from redone.training import Group
from redone.training.objectives.dapo import group_advantages
from redone.training.sequences import of_current_policy

OTHER_CARDS = frozenset({"pcie", "nvl", "laptop", "max", "d"})
"""Words in a driver's name of cards that are slower than the table's one of the same name."""
SAME_CHIP = frozenset({"a100"})


@dataclass(frozen=True, kw_only=True)
class UpdateShape:
    """A model and the groups of one update; ``longest`` is the most tokens of an answer."""

    model: Architecture
    groups: int = 8
    answers: int = 16
    prompt_tokens: int = 1024
    longest: int = 64

    def drawn(self, step: int) -> list[Group]:
        """The groups of a step: random ids, answers of 1 to ``longest`` tokens, rewards 1 and 0 in turns."""
        prompts = make_prompts(self.groups, self.prompt_tokens, 1000 + step, self.model.vocab)
        draw = np.random.default_rng([step, 11])
        known = [value or 0.0 for value in group_advantages([float(n % 2) for n in range(self.answers)])]
        groups = []
        for number, prompt in enumerate(prompts):
            lengths = draw.integers(1, self.longest + 1, self.answers)
            answers = tuple((*draw.integers(3, self.model.vocab, n - 1).tolist(), END) for n in lengths)
            group = Group(
                example_id=f"{step}-{number}",
                task="t",
                prompt_ids=prompt,
                answers=answers,
                old_logprobs=tuple((0.0,) * len(answer) for answer in answers),
                advantages=tuple(known),
            )
            groups.append(of_current_policy(group))
        return groups


def shape_of(name: str, **sizes: int) -> UpdateShape:
    """The shape for a published Qwen3 of so many parameters, such as "0.6b"."""
    return UpdateShape(model=preset(f"qwen3-{name}"), **sizes)


def tiny(shape: UpdateShape) -> UpdateShape:
    """The same in small, for a CPU."""
    small = replace(shape.model, layers=2, hidden=64, heads=4, kv_heads=2, head_dim=16, mlp=128, vocab=512)
    return UpdateShape(model=small, groups=2, answers=4, prompt_tokens=24, longest=8)


def build(shape: UpdateShape, device: torch.device, dtype: torch.dtype) -> Any:
    """The model with random weights, made on the device."""
    sizes = shape.model
    assert sizes.tied, "the benchmarks' model ties its embeddings"
    with torch.device(device):
        return make_model(
            dtype,
            vocab_size=sizes.vocab,
            hidden_size=sizes.hidden,
            intermediate_size=sizes.mlp,
            num_hidden_layers=sizes.layers,
            num_attention_heads=sizes.heads,
            num_key_value_heads=sizes.kv_heads,
            head_dim=sizes.head_dim,
        )


def real_tokens(groups: Sequence[Group]) -> int:
    """Every prompt once, and all answers."""
    return sum(len(group.prompt_ids) + group.tokens for group in groups)


def repeated_tokens(groups: Sequence[Group]) -> int:
    """Every answer with a copy of its prompt, without padding: what a trainer of single rows computes."""
    return sum(len(group.prompt_ids) * len(group.answers) + group.tokens for group in groups)


def real_flops(model: Architecture, groups: Sequence[Group]) -> float:
    """Forwards and backwards over each prompt once and all answers; an answer's last token is only a target."""
    return sum(_update_flops(model, len(g.prompt_ids), [len(a) for a in g.answers]) for g in groups)


def repeated_flops(model: Architecture, groups: Sequence[Group]) -> float:
    """The same with a copy of the prompt for every answer."""
    return sum(_update_flops(model, len(g.prompt_ids), [len(a)]) for g in groups for a in g.answers)


def _update_flops(model: Architecture, prompt: int, answers: Sequence[int]) -> float:
    fed = [length - 1 for length in answers]
    pairs = causal_pairs(prompt) + sum(n * prompt + causal_pairs(n) for n in fed)
    counted = (float(prompt + sum(fed)), float(sum(answers)), pairs)
    return forward_flops(model, *counted) + backward_flops(model, *counted)


def peak_of(driver_name: str) -> tuple[float | None, str]:
    """Dense bf16 operations per second by the maker's sheet, and its name there; or None and why not."""
    words = re.sub(r"geforce rtx |rtx (?=a?\d)", "rtx", driver_name.lower())
    parts = [
        part.removeprefix("rtx") if part.startswith("rtxa") else part for part in re.split(r"[\s-]", words)
    ]
    found = [part for part in parts if part in GPUS]
    if not found:
        return None, f"{driver_name} is not in the table of accelerators"
    if OTHER_CARDS & set(parts) and found[0] not in SAME_CHIP:
        return None, f"the table's {found[0]} is a faster card than {driver_name}"
    return GPUS[found[0]].flops, found[0]


def speeds(side: dict[str, Any], work: dict[str, float], peak: float | None) -> dict[str, Any]:
    """Tokens per second, and the share of the peak on real tokens and on repeated prompts."""
    if "median_s" not in side:
        return {}
    seconds = side["median_s"]
    return {
        "real_tokens_per_s": work["real_tokens"] / seconds,
        "repeated_tokens_per_s": work["repeated_tokens"] / seconds,
        "mfu": work["real_tflop"] * 1e12 / seconds / peak if peak else None,
        "mfu_repeated": work["repeated_tflop"] * 1e12 / seconds / peak if peak else None,
    }
