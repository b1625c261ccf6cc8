"""Where a plan has its sizes from: a model's config.json, the recipe's tiny base, or a public model by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson

from redone.errors import UserError
from redone.recipe.config import FolderBase, Recipe
from redone.recipe.scale.architecture import Architecture

FAMILIES = frozenset({"qwen3", "qwen2", "llama", "mistral", "qwen3_moe"})
"""Model types whose layers are the ones counted here: grouped-query attention and a gated feed-forward layer."""


def _qwen3(name: str, sizes: tuple[int, int, int, int, int], **rest: Any) -> Architecture:
    hidden, layers, heads, kv_heads, mlp = sizes
    shape = {"head_dim": 128, "vocab": 151_936} | rest
    return Architecture(
        name=name, hidden=hidden, layers=layers, heads=heads, kv_heads=kv_heads, mlp=mlp, **shape
    )


_QWEN25: dict[str, Any] = {"qk_norm": False, "bias": True}
PRESETS: Mapping[str, Architecture] = {
    model.name: model
    for model in (
        _qwen3("qwen3-0.6b", (1024, 28, 16, 8, 3072)),
        _qwen3("qwen3-1.7b", (2048, 28, 16, 8, 6144)),
        _qwen3("qwen3-4b", (2560, 36, 32, 8, 9728)),
        _qwen3("qwen3-8b", (4096, 36, 32, 8, 12_288), tied=False),
        _qwen3("qwen3-14b", (5120, 40, 40, 8, 17_408), tied=False),
        _qwen3("qwen3-32b", (5120, 64, 64, 8, 25_600), tied=False),
        _qwen3("qwen3-30b-a3b", (2048, 48, 32, 4, 768), tied=False, experts=128, active=8),
        _qwen3("qwen2.5-0.5b", (896, 24, 14, 2, 4864), head_dim=64, **_QWEN25),
        _qwen3("qwen2.5-7b", (3584, 28, 28, 4, 18_944), vocab=152_064, tied=False, **_QWEN25),
    )
}
"""Public sizes, as their config.json files state them."""


def preset(name: str) -> Architecture:
    """The sizes of a public model, by name in any case.

    Raises:
        UserError: it is not among the presets; names the nearest.

    """
    key = name.lower().rsplit("/", 1)[-1]
    for ending in ("-instruct", "-base"):
        key = key.removesuffix(ending)
    if key not in PRESETS:
        close = get_close_matches(key, PRESETS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(PRESETS)}"
        raise UserError(
            f"--model {name!r} is not a known size; {hint} Or put the model's config.json into base.path"
        )
    return PRESETS[key]


def architecture_of(recipe: Recipe, model: str = "") -> tuple[Architecture, str]:
    """The sizes of a recipe's base, and where they were read: ``model`` by name, else the base itself.

    Without the folder its name is tried as that of a public model.

    Raises:
        UserError: the folder is absent and its name says nothing, or its config.json is of another family.

    """
    base = recipe.base
    if model:
        return preset(model), "--model"
    if not isinstance(base, FolderBase):
        return _tiny(recipe), "the recipe"
    config = Path(base.path) / "config.json"
    if config.is_file():
        return from_config(config), str(config)
    try:
        return preset(Path(base.path).name), f"the folder's name ({base.path} is not there)"
    except UserError as error:
        raise UserError(
            f"base.path {base.path} has no config.json; put the model there, or give its sizes with --model "
            f"({', '.join(PRESETS)})"
        ) from error


def _tiny(recipe: Recipe) -> Architecture:
    base = recipe.base
    assert not isinstance(base, FolderBase)
    return Architecture(
        name="tiny",
        layers=base.layers,
        hidden=base.hidden,
        heads=base.heads,
        kv_heads=base.kv_heads,
        head_dim=base.head_dim,
        mlp=base.mlp,
        vocab=base.vocab_size,
    )


def from_config(path: Path) -> Architecture:
    """The sizes in a model's config.json.

    Raises:
        UserError: it is no JSON object, lacks a size, or is of a family whose layers are not known here.

    """
    try:
        config = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in FAMILIES:
        raise UserError(f"{path}: model_type is {kind!r}; sizes are known for {', '.join(sorted(FAMILIES))}")
    try:
        return _sizes(path.parent.name, kind, config)
    except KeyError as error:
        raise UserError(f"{path} has no {error.args[0]!r}") from error


def _sizes(name: str, kind: str, config: Mapping[str, Any]) -> Architecture:
    mixture = kind == "qwen3_moe"
    heads = int(config["num_attention_heads"])
    return Architecture(
        name=name,
        layers=int(config["num_hidden_layers"]),
        hidden=int(config["hidden_size"]),
        heads=heads,
        kv_heads=int(config.get("num_key_value_heads") or heads),
        head_dim=int(config.get("head_dim") or config["hidden_size"] // heads),
        mlp=int(config["moe_intermediate_size" if mixture else "intermediate_size"]),
        vocab=int(config["vocab_size"]),
        tied=bool(config.get("tie_word_embeddings", False)),
        qk_norm=kind.startswith("qwen3"),
        bias=kind == "qwen2",
        experts=int(config["num_experts"]) if mixture else 0,
        active=int(config["num_experts_per_tok"]) if mixture else 0,
    )
