"""A run folder with a base model of random weights, to see whether a benchmark runs at all."""

from __future__ import annotations

from pathlib import Path

from redone.model import TinySettings, create_model, save_model, train_tokenizer
from redone.recipe.config import Recipe, read_tree, validate
from redone.recipe.config.merging import with_overrides
from redone.recipe.durable import write_json
from redone.recipe.export.source import dataset_of

SMALL = {
    "data.examples_per_task.train": 4,
    "data.examples_per_task.dev": 8,
    "data.general.train": 20,
    "data.general.dev": 20,
    "stages.exploratory.rl.groups_per_step": 4,
    "stages.exploratory.rl.max_prompt_tokens": 200,
}
SIZES = TinySettings(hidden=32, layers=1, heads=2, kv_heads=1, head_dim=16, mlp=32)


def make_small_run(recipe_file: Path, folder: Path) -> Path:
    """The recipe with few examples, and a base that knows nothing."""
    recipe = validate(Recipe, with_overrides(read_tree(recipe_file), SMALL), str(recipe_file))
    data = dataset_of(recipe)
    texts = (turn.content for example in (*data.train, *data.general) for turn in example.messages)
    chat = train_tokenizer(texts, 600)
    base = folder / "stages" / "00-base" / "model"
    base.parent.mkdir(parents=True)
    save_model(base, create_model(SIZES, chat, 0), chat, card="# random weights\n")
    write_json(folder / "recipe.resolved.json", recipe.model_dump(mode="json"))
    return folder
