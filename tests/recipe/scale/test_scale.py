"""Sizes, operations and memory from first principles, held against torch and transformers themselves."""

import math
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoConfig, AutoModelForCausalLM, Qwen3Config, Qwen3ForCausalLM

from redone.errors import UserError
from redone.recipe.config import Recipe, read_recipe, validate, with_overrides
from redone.recipe.scale import (
    GPUS,
    PRESETS,
    Architecture,
    Assumptions,
    Lengths,
    architecture_of,
    gpu,
    lengths_at_limits,
    plan_json,
    plan_lines,
    plan_scale,
    preset,
)
from redone.recipe.scale.clock import read_weights
from redone.recipe.scale.flops import backward_flops, causal_pairs, forward_flops, recomputed_flops
from redone.recipe.scale.lengths import given_lengths
from redone.recipe.scale.memory import GIB, activation_bytes, memory_of
from redone.recipe.scale.model_sizes import from_config
from redone.recipe.scale.work import work_of
from redone.training.documents import sequence_document
from redone.training.logprobs import target_logprobs
from redone.training.packing import pack
from redone.training.sequences import TokenSequence

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "recipes" / "redone-2-qwen3-4b.yaml"
NANO = ROOT / "recipes" / "redone-2-nano.yaml"
SMALL = Architecture(
    name="small", layers=2, hidden=64, heads=4, kv_heads=2, head_dim=16, mlp=96, vocab=160, tied=True
)


def written(folder: Path, model: Architecture) -> dict[str, Any]:
    """The config.json of an architecture."""
    kind = "qwen3_moe" if model.experts else "qwen3" if model.qk_norm else "qwen2"
    config: dict[str, Any] = {
        "model_type": kind,
        "hidden_size": model.hidden,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "num_key_value_heads": model.kv_heads,
        "head_dim": model.head_dim,
        "intermediate_size": model.mlp,
        "vocab_size": model.vocab,
        "tie_word_embeddings": model.tied,
    }
    if model.experts:
        config |= {
            "moe_intermediate_size": model.mlp,
            "num_experts": model.experts,
            "num_experts_per_tok": model.active,
        }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_bytes(orjson.dumps(config))
    return config


# --- sizes


@pytest.mark.parametrize("name", PRESETS)
def test_parameters_are_those_of_the_model_that_transformers_builds(name: str, tmp_path: Path) -> None:
    model = PRESETS[name]
    config = written(tmp_path, model)
    assert from_config(tmp_path / "config.json").parameters == model.parameters
    kind = config.pop("model_type")
    with torch.device("meta"):
        built = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **config))
    assert sum(p.numel() for p in built.parameters()) == model.parameters


def test_public_sizes() -> None:
    sizes = {
        name: round(PRESETS[name].parameters / 1e9, 2) for name in ("qwen3-4b", "qwen3-8b", "qwen3-30b-a3b")
    }
    assert sizes == {"qwen3-4b": 4.02, "qwen3-8b": 8.19, "qwen3-30b-a3b": 30.53}
    assert preset("Qwen/Qwen3-4B-Base") is PRESETS["qwen3-4b"]
    mixture = PRESETS["qwen3-30b-a3b"]
    assert 3.0e9 < mixture.active_parameters < 3.4e9
    assert read_weights(mixture, 1) == pytest.approx(mixture.active_parameters, rel=1e-6)
    assert read_weights(mixture, 10_000) == pytest.approx(mixture.parameters - mixture.head, rel=1e-2)


def test_unknown_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean qwen3-4b"):
        preset("qwen3-4bb")
    with pytest.raises(UserError, match="h200"):
        gpu("h20")
    (tmp_path / "config.json").write_text('{"model_type": "mamba"}')
    with pytest.raises(UserError, match="model_type is 'mamba'"):
        from_config(tmp_path / "config.json")
    (tmp_path / "config.json").write_text('{"model_type": "qwen3", "num_attention_heads": 2}')
    with pytest.raises(UserError, match="num_hidden_layers"):
        from_config(tmp_path / "config.json")
    absent = read_recipe(PUBLISHED, {"base.path": str(tmp_path / "mine")})
    with pytest.raises(UserError, match="--model"):
        architecture_of(absent)
    assert architecture_of(absent, "qwen3-8b")[0].layers == 36


# --- operations


def small_model() -> Qwen3ForCausalLM:
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=SMALL.vocab,
        hidden_size=SMALL.hidden,
        num_hidden_layers=SMALL.layers,
        num_attention_heads=SMALL.heads,
        num_key_value_heads=SMALL.kv_heads,
        head_dim=SMALL.head_dim,
        intermediate_size=SMALL.mlp,
        tie_word_embeddings=True,
        use_cache=False,
    )
    from redone.model import choose_attention

    model = Qwen3ForCausalLM(config)
    choose_attention(model)
    return model


def one_batch() -> Any:
    sequences = [
        TokenSequence(ids=tuple(range(3, 3 + n)), loss_mask=(0,) * (n // 2) + (1,) * (n - n // 2), source="s")
        for n in (24, 40, 33)
    ]
    (batch,) = pack([sequence_document(s) for s in sequences], row_tokens=48, batch_tokens=10_000)
    return batch


@pytest.mark.parametrize("recompute", [False, True])
def test_operations_are_those_that_torch_counts_in_one_step(recompute: bool) -> None:
    model, batch = small_model(), one_batch()
    rows, width = batch.ids.shape
    tokens, targets, pairs = float(rows * width), float(len(batch.targets)), float(rows * width * width)
    if recompute:
        model.activation_checkpointing_enable()
    model.train()
    with FlopCounterMode(display=False) as counter:
        logprobs, _ = target_logprobs(model, batch)
        forward = counter.get_total_flops()
        (-logprobs.sum()).backward()
    assert forward == pytest.approx(forward_flops(SMALL, tokens, targets, pairs), rel=1e-3)
    expected = backward_flops(SMALL, tokens, targets, pairs)
    expected += recomputed_flops(SMALL, tokens, pairs) if recompute else 0.0
    assert counter.get_total_flops() - forward == pytest.approx(expected, rel=1e-3)


def test_frozen_weights_need_no_gradient_of_their_own() -> None:
    model, batch = small_model(), one_batch()
    model.requires_grad_(False)
    model.get_input_embeddings().weight.requires_grad_(True)  # so that gradients run through every layer
    rows, width = batch.ids.shape
    shape = (float(rows * width), float(len(batch.targets)), float(rows * width * width))
    with FlopCounterMode(display=False) as counter:
        logprobs, _ = target_logprobs(model, batch)
        forward = counter.get_total_flops()
        (-logprobs.sum()).backward()
    tied = 2 * SMALL.head * shape[1]  # the tied head's own gradient
    expected = backward_flops(SMALL, *shape, frozen=True) + tied
    assert counter.get_total_flops() - forward == pytest.approx(expected, rel=1e-3)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_longer_text_costs_more_than_its_parts(one: int, other: int) -> None:
    both = causal_pairs(one + other)
    assert both == causal_pairs(one) + causal_pairs(other) + one * other


# --- memory


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_activations_are_those_that_torch_keeps(dtype: torch.dtype) -> None:
    model, batch = small_model().to(dtype), one_batch()
    model.set_attn_implementation("sdpa")
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    held = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (held.append(t), keep(t))[1], lambda t: t):
        output = model.get_decoder()(input_ids=batch.ids, use_cache=False)
    expected = activation_bytes(SMALL, batch.ids.numel(), dtype.itemsize)
    assert output.last_hidden_state is not None
    assert sum(kept.values()) == pytest.approx(expected, rel=0.3)


BARE = {
    "base.dtype": "bfloat16",
    "memory.flex": False,
    "memory.recompute": False,
    "memory.sampling_tokens": None,
}
"""The published settings without what makes them fit a card."""


def recipe(changes: dict[str, Any] | None = None, path: Path = PUBLISHED) -> Recipe:
    return read_recipe(path, {**(BARE if path == PUBLISHED else {}), **(changes or {})})


@pytest.mark.parametrize("name", ["redone-2-qwen3-4b", "redone-1-qwen2.5-7b"])
def test_a_published_recipe_fits_as_it_is_shipped(name: str) -> None:
    found = read_recipe(ROOT / "recipes" / f"{name}.yaml")
    model, source = architecture_of(found)
    plan = plan_scale(found, model, gpu("h200"), 8, lengths_at_limits(found), Assumptions(), source)
    assert plan.fits
    assert not any("rounded away" in line for line in plan.advice)


def made(changes: dict[str, Any] | None = None, *, gpus: int = 8, card: str = "h200", **options: Any) -> Any:
    found = recipe(changes, options.pop("path", PUBLISHED))
    model, source = architecture_of(found, options.pop("model", ""))
    lengths = options.pop("lengths", None) or lengths_at_limits(found)
    return plan_scale(found, model, gpu(card), gpus, lengths, Assumptions(**options), source)


def test_the_published_run_at_its_limits() -> None:
    plan = made(price=3.0)
    assert plan.lengths.prompt + plan.lengths.answer == 18_192
    exploratory = next(stage for stage in plan.stages if stage.work.name == "exploratory")
    groups = 500 * 1024
    generated = groups * 1.5 * 16 * 8192
    assert exploratory.work.tokens == groups * (10_000 + 16 * 8192) + generated
    assert {cost.name for cost in exploratory.costs} == {"rollouts", "scoring", "update"}
    assert not plan.fits
    assert any(line.startswith("fits with memory.flex: true, memory.recompute: true") for line in plan.advice)
    assert plan.cost(plan.hours) == pytest.approx(plan.hours * 8 * 3)


def test_what_is_advised_fits() -> None:
    plan = made()
    line = next(line for line in plan.advice if line.startswith("fits with"))
    changes = {}
    for part in line.removeprefix("fits with ").rsplit(" (", 1)[0].split(", "):
        key, value = part.split(": ", 1)
        changes[key] = orjson.loads(value)
    assert made(changes).fits
    assert not made(dict(list(changes.items())[:1])).fits


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"memory.recompute": True}, lambda a, b: b.activations < a.activations / 4),
        ({"memory.flex": True}, lambda a, b: b.mask == 0 < a.mask),
        ({"base.dtype": "float32"}, lambda a, b: b.state == 2 * a.state),
        (
            {"memory.lora": {"rank": 16}},
            lambda a, b: b.optimizer < a.optimizer / 50 and b.weights > a.weights,
        ),
        ({"memory.sampling_tokens": 150_000}, lambda a, b: b.sampled_groups == 1),
    ],
)
def test_every_switch_does_what_it_says(changes: dict[str, Any], rule: Any) -> None:
    model = PRESETS["qwen3-4b"]
    assert rule(memory_of(recipe(), model, 1), memory_of(recipe(changes), model, 1))


def test_processes_share_what_stays() -> None:
    one, eight = (memory_of(recipe(), PRESETS["qwen3-4b"], n) for n in (1, 8))
    assert eight.state == one.state / 8
    assert eight.copies == 2 * PRESETS["qwen3-4b"].parameters, "sampling needs the whole model"
    assert one.state == pytest.approx(8 * PRESETS["qwen3-4b"].parameters)


def test_small_steps_in_bf16_are_told() -> None:
    assert any("rounded away" in line for line in made().advice)
    assert not any("rounded away" in line for line in made({"base.dtype": "float32"}).advice)
    assert not any("rounded away" in line for line in made({"memory.lora": {"rank": 8}}).advice)


# --- time


def test_more_of_anything_takes_longer() -> None:
    short = Lengths(prompt=1000, answer=100)
    base = made(lengths=short).hours
    assert made(lengths=Lengths(prompt=2000, answer=100)).hours > base
    assert made(lengths=Lengths(prompt=1000, answer=200)).hours > base
    assert made(lengths=Lengths(prompt=1000, answer=100, kept=0.3)).hours > base
    assert made(lengths=short, gpus=16).hours < base
    assert made(lengths=short, card="a100").hours > base
    assert made(lengths=short, mfu=0.2).hours > base
    assert made({"memory.recompute": True}, lengths=short).hours > base


def test_a_round_that_doubts_is_counted() -> None:
    settings = recipe()
    name = next(stage.name for stage in settings.stages if stage.kind == "targeted")
    changed = recipe({f"stages.{name}.sft.doubt_below": 0.3})
    before, after = (
        {
            part.name: part
            for work in work_of(r, Lengths(prompt=200, answer=50))
            if work.name == name
            for part in work.parts
        }
        for r in (settings, changed)
    )
    assert after.keys() - before.keys() == {"first round", "doubt"}
    assert after["first round"].tokens == after["update"].tokens == before["update"].tokens


def test_decoding_is_bound_by_bandwidth_where_few_decode() -> None:
    lengths = Lengths(prompt=50, answer=100)
    changes = {"stages.exploratory.rl.groups_per_step": 8, "stages.exploratory.rl.steps": 10}
    slow, fast = (made(changes, lengths=lengths, gpus=1, bandwidth=b) for b in (0.3, 0.6))
    rollouts = [next(c for c in plan.stages[1].costs if c.name == "rollouts") for plan in (slow, fast)]
    assert rollouts[0].seconds > 1.9 * rollouts[1].seconds


@pytest.mark.parametrize(
    ("option", "value"), [("mfu", 0.0), ("mfu", 1.5), ("bandwidth", 0.0), ("price", -1.0)]
)
def test_shares_are_shares(option: str, value: float) -> None:
    with pytest.raises(UserError, match=option):
        Assumptions(**{option: value})


@given(st.floats(1, 1e6), st.integers(1, 10_000))
def test_the_longest_of_several_answers(answers: float, limit: int) -> None:
    lengths = Lengths(prompt=1, answer=20.0)
    assert min(20, limit) <= lengths.longest(answers, limit) <= limit


# --- the measured demo


DEMO = {"base": (1_666_912, 54_500), "exploratory": 187_965, "targeted": 306_764, "refinement": 157_248}
DEMO_LENGTHS = Lengths(prompt=28.0, answer=6.0, kept=0.556, shared=0.73, source="the demo")


def test_tokens_of_the_demo_are_foreseen() -> None:
    planned = {work.name: work.tokens for work in work_of(recipe(path=NANO), DEMO_LENGTHS)}
    for name in ("exploratory", "targeted", "refinement"):
        assert planned[name] == pytest.approx(DEMO[name], rel=0.2), name
    assert planned["base"] == pytest.approx(DEMO["base"][0], rel=0.03)


def test_every_recipe_of_ours_can_be_planned() -> None:
    for path in sorted((ROOT / "recipes").rglob("*.yaml")):
        if "arms:" in path.read_text() or "stages:" not in path.read_text() or "mappings" in path.parts:
            continue
        plan = made(path=path)
        assert all(math.isfinite(stage.hours) for stage in plan.stages), path
        assert "\n".join(plan_lines(plan))
        assert orjson.dumps(plan_json(plan))


def test_lengths_as_given() -> None:
    limits = lengths_at_limits(recipe())
    assert given_lengths(limits, None, None, None) is limits
    assert given_lengths(limits, 10, 5, None).source == "prompts of 10 tokens, answers of 5 tokens as given"
    assert "limits" in given_lengths(limits, 10, None, None).source


def test_every_gpu_has_sensible_figures() -> None:
    for card in GPUS.values():
        assert card.memory * GIB > 1e9
        assert card.flops / card.bandwidth > 5


def test_memory_keys_are_checked() -> None:
    tree = {"name": "a", "memory": {"lora": {"ranks": 4}}}
    with pytest.raises(UserError, match=r"did you mean memory.lora.rank"):
        validate(Recipe, with_overrides(tree, {}), "a recipe")
