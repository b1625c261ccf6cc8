"""What does not fit, and what to change: every change named is computed again before it is proposed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from redone.recipe.config import FolderBase, MemoryConfig, Recipe
from redone.recipe.scale.architecture import Architecture
from redone.recipe.scale.hardware import Gpu
from redone.recipe.scale.memory import GIB, RESERVE, Memory, memory_of, weight_bytes
from redone.recipe.scale.sizes import longest_document

MANY_GPUS = (2, 4, 8, 16, 32, 64, 128, 256)
LORA_RANK = 16
LOST_BELOW = 1e-4
"""A bf16 weight keeps 8 bits: an AdamW step below 1/512 of the weight (0.02 as a rule) is rounded away."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A change to the memory settings, in the words of the recipe."""

    said: str
    settings: MemoryConfig


def advise(recipe: Recipe, model: Architecture, gpu: Gpu, gpus: int, memory: Memory) -> Iterator[str]:
    """Yield lines: what is over, the first change that makes it fit, then what else is doubtful."""
    room = gpu.memory * GIB * (1 - RESERVE)
    for phase, bytes_ in (("an update", memory.update), ("sampling", memory.sampling)):
        if bytes_ > room:
            yield f"{phase} takes {bytes_ / GIB:.1f} GiB of the {room / GIB:.1f} GiB that a {gpu.name} leaves"
    if memory.peak > room:
        yield from _remedies(recipe, model, gpus, room)
    yield from _doubts(recipe, model, memory)


def _remedies(recipe: Recipe, model: Architecture, gpus: int, room: float) -> Iterator[str]:
    """The fewest changes that make it fit, in the order in which they cost something."""
    made: list[str] = []
    current = recipe
    for change in _changes(recipe, model, gpus, room):
        merged = current.memory.model_copy(update=change.settings.model_dump(exclude_unset=True))
        if change.settings.lora is not None:
            merged = merged.model_copy(update={"lora": change.settings.lora})
        tried = current.model_copy(update={"memory": merged})
        before, after = memory_of(current, model, gpus).peak, memory_of(tried, model, gpus).peak
        if after < before or change.settings.sampling_tokens:
            made.append(change.said)
            current = tried
        if after <= room:
            yield f"fits with {', '.join(made)} ({after / GIB:.1f} GiB)"
            return
    for count in (n for n in MANY_GPUS if n > gpus):
        if (peak := memory_of(current, model, count).peak) <= room:
            also = f" and {', '.join(made)}" if made else ""
            yield f"fits on {count} GPUs{also} ({peak / GIB:.1f} GiB on each)"
            return
    yield (
        f"one group at its limits is {longest_document(recipe):,} columns and is never cut: lower max_new_tokens, "
        "max_prompt_tokens or group_size, take a smaller base, or export the stage (`redone export verl`)"
    )


def _changes(recipe: Recipe, model: Architecture, gpus: int, room: float) -> Iterator[_Change]:
    memory = recipe.memory
    if not memory.flex:
        yield _Change("memory.flex: true", MemoryConfig(flex=True))
    if not memory.recompute:
        yield _Change("memory.recompute: true", MemoryConfig(recompute=True))
    longest = longest_document(recipe)
    if (memory.micro_batch_tokens or longest + 1) > longest:
        yield _Change(f"memory.micro_batch_tokens: {longest}", MemoryConfig(micro_batch_tokens=longest))
    if (tokens := fitting_sampling_tokens(recipe, model, gpus, room)) is not None:
        yield _Change(f"memory.sampling_tokens: {tokens}", MemoryConfig(sampling_tokens=tokens))
    if memory.lora is None and isinstance(recipe.base, FolderBase):
        adapters = MemoryConfig.model_validate({"lora": {"rank": LORA_RANK}})
        yield _Change(f"memory.lora: {{rank: {LORA_RANK}}}", adapters)


def fitting_sampling_tokens(recipe: Recipe, model: Architecture, gpus: int, room: float) -> int | None:
    """The most tokens to sample at a time; None where the recipe's own fit, or not even one group does."""
    memory = memory_of(recipe, model, gpus)
    if memory.sampling <= room:
        return None
    logits = memory.sampler_logits / memory.sampled_groups
    spare = room - (memory.weights + memory.optimizer + memory.copies)
    groups = int(spare / (memory.kv_group + logits))
    return max(1, groups) * longest_tokens(recipe, model, memory)


def longest_tokens(recipe: Recipe, model: Architecture, memory: Memory) -> int:
    """Tokens of one group at its limits."""
    width = 2 if recipe.precision == "bfloat16" else 4
    return round(memory.kv_group / (model.kv_numbers * width))


def _doubts(recipe: Recipe, model: Architecture, memory: Memory) -> Iterator[str]:
    base = recipe.base
    rates = [
        part.optimizer.learning_rate
        for stage in recipe.stages
        for part in (getattr(stage, name, None) for name in ("rl", "sft", "dpo", "reading"))
        if part is not None
    ]
    bf16 = isinstance(base, FolderBase) and weight_bytes(recipe) == 2
    if bf16 and recipe.memory.lora is None and rates and min(rates) < LOST_BELOW:
        yield (
            f"weights are held in bf16 and the lowest learning rate is {min(rates):g}: most steps are rounded away; "
            "set base.dtype: float32 (twice the memory) or train adapters (memory.lora)"
        )
    if model.experts:
        yield (
            "a mixture of experts is trained here through the plain layers of transformers; for more than a trial "
            "export the stages (`redone export verl`)"
        )
