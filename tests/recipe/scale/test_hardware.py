"""Every recipe for given hardware fits where it says it does, and starts on its architecture scaled down."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from redone.model import load_model, save_model, train_tokenizer
from redone.recipe.config import Recipe, read_recipe
from redone.recipe.export.source import open_source
from redone.recipe.export.verl_settings import overrides
from redone.recipe.runner import run
from redone.recipe.scale import Assumptions, architecture_of, gpu, lengths_at_limits, plan_scale
from redone.recipe.workshop import workshop

RECIPES = Path(__file__).parents[3] / "recipes" / "hardware"
CARDS = {
    "one-24gb-qwen3-0.6b": ("rtx4090", 1),
    "one-24gb-qwen3-1.7b": ("rtx4090", 1),
    "one-80gb-qwen3-4b-lora": ("h100", 1),
    "one-141gb-qwen3-4b": ("h200", 1),
    "node-8-qwen3-4b": ("h100", 8),
    "node-8-qwen3-8b": ("h100", 8),
    "verl-qwen3-30b-a3b": ("h200", 16),
}
SMALL: dict[str, Any] = {
    "threads": 1,
    "data.tasks": ["sentiment", "taxonomy"],
    "data.world": {"subcategories": 2, "words_per_topic": 4, "names": 8, "slang": 6},
    "data.examples_per_task": {"train": 12, "dev": 8, "test": 80},
    "data.general": {"train": 8, "dev": 8, "test": 8},
    "evaluation": {"items_per_task": 80, "samples": 2, "max_new_tokens": 4},
    "memory.sampling_tokens": 2000,
}
RL = {
    "steps": 1,
    "groups_per_step": 4,
    "group_size": 2,
    "max_rounds": 1,
    "max_prompt_tokens": 300,
    "overlong_buffer": 2,
}


def small(name: str, base: Path, *, stages: int = 2) -> Recipe:
    changes = SMALL | {"base.path": str(base)}
    for stage in ("exploratory", "refinement"):
        changes |= {f"stages.{stage}.rl.{key}": value for key, value in RL.items()}
        changes |= {f"stages.{stage}.rl.max_new_tokens": 4}
    changes |= {"stages.targeted.examples": 8, "stages.targeted.sft.row_tokens": 400}
    changes |= {"stages.targeted.diagnosis_items": 8, "stages.targeted.diagnosis_samples": 2}
    changes |= {"stages.targeted.sft.tokens_per_step": 1000, "stages.targeted.sft.epochs": 1}
    recipe = read_recipe(RECIPES / f"{name}.yaml", changes)
    return recipe.model_copy(update={"stages": recipe.stages[:stages], "benchmarks": None})


@pytest.fixture(scope="module")
def bases(tmp_path_factory: Any) -> dict[bool, Path]:
    """Randomly initialised Qwen3 models of two layers, with tied and with separate heads."""
    folder = tmp_path_factory.mktemp("bases")
    chat = train_tokenizer(["a few words of which a vocabulary is made " * 10], 400)
    found = {}
    for tied in (True, False):
        torch.manual_seed(0)
        config = Qwen3Config(
            vocab_size=chat.vocab_size, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, head_dim=8, intermediate_size=48, max_position_embeddings=1024,
            tie_word_embeddings=tied, bos_token_id=None, eos_token_id=chat.end_id, pad_token_id=chat.pad_id,
        )  # fmt: skip
        found[tied] = folder / f"tied-{tied}"
        save_model(found[tied], Qwen3ForCausalLM(config), chat, card="# random\n")
    return found


def test_every_hardware_recipe_is_here() -> None:
    assert {path.stem for path in RECIPES.glob("*.yaml")} == set(CARDS)


@pytest.mark.parametrize("name", CARDS)
def test_it_fits_at_its_limits(name: str) -> None:
    recipe = read_recipe(RECIPES / f"{name}.yaml")
    card, count = CARDS[name]
    model, source = architecture_of(recipe)
    plan = plan_scale(recipe, model, gpu(card), count, lengths_at_limits(recipe), Assumptions(), source)
    assert plan.fits
    assert not [line for line in plan.advice if "rounded away" in line]


@pytest.mark.parametrize("name", [name for name in CARDS if not name.startswith("verl")])
def test_it_starts(name: str, bases: dict[bool, Path], tmp_path: Path, quiet: Any) -> None:
    tied = architecture_of(read_recipe(RECIPES / f"{name}.yaml"))[0].tied
    recipe = small(name, bases[tied])
    options, _ = quiet()
    run(recipe, tmp_path, replace(workshop(), evaluate=lambda context: {}), options)
    before, _ = load_model(bases[tied])
    after, _ = load_model(tmp_path / "stages" / "02-targeted" / "model")
    moved = [
        key
        for key, value in after.state_dict().items()
        if not torch.equal(value.float(), before.state_dict()[key])
    ]
    assert moved, "fine-tuning has changed the weights, adapters included"
    assert set(after.state_dict()) == set(before.state_dict())


def test_the_mixture_of_experts_goes_to_verl(tmp_path: Path, bases: dict[bool, Path]) -> None:
    recipe = small("verl-qwen3-30b-a3b", bases[True])
    path = tmp_path / "recipe.resolved.json"
    path.write_text(recipe.model_dump_json())
    source = open_source(tmp_path)
    settings = overrides(source, source.recipe.stages[0], 20)  # type: ignore[arg-type]
    assert settings["actor_rollout_ref.rollout.n"] == 2
