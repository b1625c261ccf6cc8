"""The model that a stage trains, with its tokenizer and sampler: opened from one folder, left in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from transformers import PreTrainedModel

from redone.errors import UserError
from redone.model import (
    Chat,
    Completion,
    GroupSampler,
    LoraSettings,
    SamplingSettings,
    add_lora,
    choose_attention,
    load_model,
    merge_lora,
    save_model,
)
from redone.model.products import Kernels, onednn_missing
from redone.recipe.config import FolderBase, Recipe
from redone.recipe.context import StageContext
from redone.recipe.durable import remove
from redone.training import Sampler
from redone.training.parallel import SharedSampler, current_world, make_whole

COUNTED_ANSWER = 64
"""The sampler's budget counts an answer with at most so many tokens."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A model and what is needed to talk to it."""

    model: PreTrainedModel
    chat: Chat
    sampler: Sampler


class BoundedSampler(GroupSampler):
    """Samples at most ``tokens`` prompt and answer tokens at a time, answers counted at their limit."""

    def __init__(
        self, model: Any, chat: Chat, dtype: torch.dtype, tokens: int, *, kernels: Kernels = "torch"
    ) -> None:
        super().__init__(model, chat, dtype, kernels=kernels)
        self._tokens = tokens

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        settings: SamplingSettings,
        seed: int,
        keys: Sequence[int] | None = None,
    ) -> list[list[Completion]]:
        """As the sampler does it, in smaller batches; the answers are the same."""
        longest = max(map(len, prompts), default=1)
        groups = max(1, self._tokens // (longest + settings.group_size * settings.max_new_tokens))
        counted = longest + settings.group_size * min(settings.max_new_tokens, COUNTED_ANSWER)
        return super().generate(prompts, replace(settings, batch_tokens=groups * counted), seed, keys)


def open_policy(context: StageContext, *, training: bool = True) -> Policy:
    """Load the model that the stage starts from; the recipe says how it is held and computed.

    In float32 everything is f32. In bfloat16 products are, and a folder's weights are held in ``base.dtype``.
    With adapters only these train; without ``training`` there are none. Several processes share sampling out.
    """
    assert context.previous is not None, "only a base stage starts from nothing"
    recipe = context.recipe
    torch.set_num_threads(recipe.threads)
    products = getattr(torch, recipe.precision)
    held = products
    if isinstance(recipe.base, FolderBase) and recipe.precision == "bfloat16":
        held = getattr(torch, recipe.base.dtype)
    model, chat = load_model(context.previous, dtype=held, device=device_of(recipe))
    memory = recipe.memory
    if memory.flex and (missing := choose_attention(model, flex=True)):
        context.progress.note(missing)
    if training and memory.lora is not None:
        add_lora(model, LoraSettings(rank=memory.lora.rank, alpha=memory.lora.alpha), context.seed)
    kernels = recipe.speed.kernels
    if kernels != "torch" and (missing := onednn_missing(model.device.type)):
        context.progress.note(missing)
    sampler = GroupSampler(model, chat, products, kernels=kernels)
    if memory.sampling_tokens is not None:
        sampler = BoundedSampler(model, chat, products, memory.sampling_tokens, kernels=kernels)
    world = current_world()
    return Policy(model, chat, sampler if world is None else SharedSampler(sampler, world))


def machine_fields(recipe: Recipe) -> dict[str, Any]:
    """What the recipe trades for memory and speed, as keyword arguments of training settings."""
    asked = recipe.memory.micro_batch_tokens
    slots = {} if asked is None else {"batch_tokens": asked}
    return {"recompute": recipe.memory.recompute, **slots, **speed_fields(recipe)}


def speed_fields(recipe: Recipe) -> dict[str, Any]:
    """The form of the arithmetic, as keyword arguments of training settings."""
    return {"layout": recipe.speed.layout, "kernels": recipe.speed.kernels}


def device_of(recipe: Recipe) -> torch.device:
    """The device that the recipe names.

    Raises:
        UserError: it asks for a GPU that is not there, or for what only a CPU has where a GPU is found.

    """
    if recipe.device == "cuda" and not torch.cuda.is_available():
        raise UserError("device is cuda, but torch finds no GPU; set device to auto or cpu")
    if recipe.device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    if recipe.speed.for_cpu:
        raise UserError(
            f"{recipe.speed.for_cpu} is for the CPU and device {recipe.device} is a GPU here; "
            "remove it, or set device to cpu"
        )
    return torch.device("cuda")


def save_policy(context: StageContext, policy: Policy) -> None:
    """Leave the trained model as the stage's artifact, with a card that says where it comes from.

    Of several processes the first one does; the model is not to be trained any more.
    """
    world = current_world()
    if world is not None:
        make_whole(policy.model)
        if not world.first:
            return
    target = context.folder / "model"
    remove(target)
    if context.recipe.memory.lora is not None:
        merge_lora(policy.model)
    save_model(target, policy.model, policy.chat, card=model_card(context))


def model_card(context: StageContext) -> str:
    """A short model card in Markdown."""
    stages = " -> ".join([*context.earlier, context.name])
    return (
        f"# {context.recipe.name}: after {context.name}\n\n"
        f"Trained by the recipe `{context.recipe.name}`, seed {context.recipe.seed}, stages: {stages}.\n"
        "Scores stand in `results.json` of the run that made it, settings in `recipe.resolved.json`.\n"
    )
