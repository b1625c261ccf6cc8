"""The sizes of a decoder that cost anything: from a model folder, from the recipe, or a public model by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson

from redone.errors import UserError
from redone.recipe.config import FolderBase, Recipe

FAMILIES = frozenset({"qwen3", "qwen2", "llama", "mistral", "qwen3_moe"})
"""Model types whose layers are the ones counted here: grouped-query attention and a gated feed-forward layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A decoder's sizes.

    ``experts`` above 0 makes the feed-forward layer a mixture: ``mlp`` is then the width of one expert and
    ``active`` of them work on a token. ``tied``: embedding and output head are one matrix. ``qk_norm``: queries
    and keys are normalised per head. ``bias``: the query, key and value products have one.
    """

    name: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    mlp: int
    vocab: int
    tied: bool = True
    qk_norm: bool = True
    bias: bool = False
    experts: int = 0
    active: int = 0

    @property
    def query_width(self) -> int:
        """Numbers of a token's queries in one layer."""
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Numbers of a token's keys in one layer; its values have as many."""
        return self.kv_heads * self.head_dim

    @property
    def attention_weights(self) -> int:
        """Weights of one layer's four attention products."""
        return 2 * self.hidden * (self.query_width + self.kv_width)

    @property
    def active_mlp(self) -> int:
        """Width of the feed-forward layer that one token goes through."""
        return self.mlp * max(1, self.active)

    @property
    def layer_products(self) -> int:
        """Weights of one layer that a token is multiplied by: a router and the active experts in a mixture."""
        return self.attention_weights + 3 * self.hidden * self.active_mlp + self.hidden * self.experts

    @property
    def head(self) -> int:
        """Weights of the output head."""
        return self.hidden * self.vocab

    @property
    def layer_parameters(self) -> int:
        """Parameters of one layer, norms included."""
        stored = 3 * self.hidden * self.mlp * max(1, self.experts) + self.hidden * self.experts
        small = 2 * self.hidden + (2 * self.head_dim if self.qk_norm else 0)
        small += self.query_width + 2 * self.kv_width if self.bias else 0
        return self.attention_weights + stored + small

    @property
    def parameters(self) -> int:
        """All parameters."""
        return self.layers * self.layer_parameters + self.head * (1 if self.tied else 2) + self.hidden

    @property
    def active_parameters(self) -> int:
        """Weights that are read for one token of a batch of one: the embedding is a look-up and not counted."""
        return self.layers * self.layer_products + self.head

    @property
    def kv_numbers(self) -> int:
        """Numbers that a token leaves in the cache of keys and values."""
        return 2 * self.layers * self.kv_width

    def lora_parameters(self, rank: int) -> int:
        """Parameters of adapters of ``rank`` at all linear layers."""
        attention = 2 * (self.hidden + self.query_width) + 2 * (self.hidden + self.kv_width)
        return self.layers * rank * (attention + 3 * (self.hidden + self.mlp) * max(1, self.experts))


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
