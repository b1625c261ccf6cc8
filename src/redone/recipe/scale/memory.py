"""Memory of one GPU, in bytes: what training holds all the time, and what an update or sampling adds to it."""

from __future__ import annotations

from dataclasses import dataclass

from redone.recipe.config import ExploratoryStage, FolderBase, Recipe, RefinementStage
from redone.recipe.scale.architecture import Architecture
from redone.recipe.scale.sizes import longest_document

GIB = float(2**30)
RESERVE = 0.1
"""Share of the memory left to the driver, kernels' scratch space and fragments (our choice)."""
MICRO_BATCH = 16_384
"""Slots of a micro-batch where the recipe names none."""
LOGITS_BYTES = 4 * (1 << 24) * 4
"""Logits exist 2^24 at a time, in f32, in four copies: logits, softmax, its gradient, and the weights' format."""
SAMPLER_BUDGET = 262_144
"""Prompt and answer tokens that the sampler works on together; it counts an answer with at most 64."""
COUNTED_ANSWER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes on one GPU.

    ``weights``, ``gradients``, ``optimizer`` stay (a share of them where processes share them out). ``copies``
    are bf16 weights beside f32 ones, gathered ones for sampling, or both. ``activations``, ``mask`` and
    ``logits`` belong to the update; ``kv`` and ``sampler_logits`` to sampling, for ``sampled_groups`` groups at
    their length limit. ``kv_group`` is one such group.
    """

    weights: float
    gradients: float
    optimizer: float
    copies: float
    activations: float
    activations_without_recompute: float
    activations_with_recompute: float
    mask: float
    logits: float
    kv: float
    kv_group: float
    sampled_groups: int
    sampler_logits: float

    @property
    def state(self) -> float:
        """What is there all the time."""
        return self.weights + self.gradients + self.optimizer

    @property
    def update(self) -> float:
        """The most that an update holds."""
        return self.state + self.copies + self.activations + self.mask + self.logits

    @property
    def sampling(self) -> float:
        """The most that sampling holds; gradients are gone by then."""
        return self.weights + self.optimizer + self.copies + self.kv + self.sampler_logits

    @property
    def peak(self) -> float:
        """The larger of the two."""
        return max(self.update, self.sampling)


def memory_of(recipe: Recipe, model: Architecture, gpus: int) -> Memory:
    """The memory of one of ``gpus`` that share out weights, gradients and optimizer state."""
    width, products = weight_bytes(recipe), product_bytes(recipe)
    lora = recipe.memory.lora
    trained = model.parameters if lora is None else model.lora_parameters(lora.rank)
    held = float(width if lora is None else 4)  # adapters are f32
    adapters = 0.0 if lora is None else trained * held
    micro = max(recipe.memory.micro_batch_tokens or MICRO_BATCH, longest_document(recipe))
    without, within = activation_bytes(model, micro, products), recomputed_bytes(model, micro, products)
    copied = products < width or gpus > 1
    groups, group = sampled_groups(recipe, model)
    return Memory(
        weights=(model.parameters * width + adapters) / gpus,
        gradients=trained * held / gpus,
        optimizer=2 * trained * held / gpus,
        copies=float(model.parameters * products) if copied else 0.0,
        activations=within if recipe.memory.recompute else without,
        activations_without_recompute=without,
        activations_with_recompute=within,
        mask=0.0 if recipe.memory.flex else mask_bytes(recipe, micro, products),
        logits=float(LOGITS_BYTES),
        kv=groups * group,
        kv_group=group,
        sampled_groups=groups,
        sampler_logits=8.0 * groups * _group_size(recipe) * model.vocab,
    )


def weight_bytes(recipe: Recipe) -> int:
    """Bytes of a stored weight: in bfloat16 a folder's are held as ``base.dtype`` says."""
    if recipe.precision == "float32":
        return 4
    return 4 if isinstance(recipe.base, FolderBase) and recipe.base.dtype == "float32" else 2


def product_bytes(recipe: Recipe) -> int:
    """Bytes of a number that goes through the model."""
    return 2 if recipe.precision == "bfloat16" else 4


def activation_bytes(model: Architecture, tokens: float, width: int) -> float:
    """What a forward pass keeps for the backward pass, without recomputation.

    Per token and layer: both norms keep their input in f32, their normalised form and their result; head norms
    likewise; attention keeps queries, keys, values and its result; the feed-forward layer keeps gate, its
    activation, the other half and their product.
    """
    heads = model.query_width + model.kv_width
    norms = 2 * model.hidden * (4 + 2 * width) + (heads * (4 + width) if model.qk_norm else 0)
    attention = (2 * model.query_width + 2 * model.kv_width) * width
    layer = norms + attention + 4 * model.active_mlp * width
    return tokens * (model.layers * layer + model.hidden * (4 + 2 * width))


def recomputed_bytes(model: Architecture, tokens: float, width: int) -> float:
    """The same with recomputation: each layer's input, and one layer in full."""
    whole = activation_bytes(model, tokens, width)
    return tokens * model.layers * model.hidden * width + whole / model.layers


def mask_bytes(recipe: Recipe, micro: int, width: int) -> float:
    """A dense mask: the square of every row's length, for rows that fill the micro-batch."""
    longest = longest_document(recipe)
    return float(max(1, micro // longest)) * longest * longest * width


def sampled_groups(recipe: Recipe, model: Architecture) -> tuple[int, float]:
    """Groups that the sampler takes together, and the bytes of one group's keys and values at its limits.

    Without a reinforcement stage it is the evaluation that samples.
    """
    shapes = [
        (stage.rl.max_prompt_tokens, stage.rl.max_new_tokens, stage.rl.group_size)
        for stage in recipe.stages
        if isinstance(stage, ExploratoryStage | RefinementStage)
    ]
    if not shapes:
        shapes = [(longest_document(recipe), recipe.evaluation.max_new_tokens, recipe.evaluation.samples)]
    prompt, answer, size = max(shapes, key=lambda shape: shape[0] + shape[1] * shape[2])
    tokens = prompt + answer * size
    if recipe.memory.sampling_tokens:
        groups = recipe.memory.sampling_tokens // tokens
    else:
        groups = SAMPLER_BUDGET // (prompt + size * min(answer, COUNTED_ANSWER))
    return max(1, groups), float(tokens * model.kv_numbers * product_bytes(recipe))


def _group_size(recipe: Recipe) -> int:
    sizes = [s.rl.group_size for s in recipe.stages if isinstance(s, ExploratoryStage | RefinementStage)]
    return max(sizes, default=recipe.evaluation.samples)
