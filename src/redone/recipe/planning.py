"""Which settings each stage depends on, and what a changed recipe means for stages that are already there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redone.recipe.config import FolderBase, MemoryConfig, Node, Recipe, SpeedConfig
from redone.recipe.hashing import hash_value

FORMAT = 1
"""Raised when the meaning of settings changes, so that older artifacts are not mistaken for new ones."""

COUNTS = ("examples_per_task", "general")
"""The parts of the data settings that hold one size per split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStage:
    """A stage of the plan; index 0 is the base model. ``config`` is all of the recipe that it depends on."""

    index: int
    name: str
    kind: str
    settings: Node
    config: Mapping[str, Any]

    @property
    def config_hash(self) -> str:
        """The hash that stage.json and the artifact cache know the settings by."""
        return hash_value(self.config)


def plan(recipe: Recipe, fingerprint: Mapping[str, str]) -> tuple[PlannedStage, ...]:
    """Return the base model and the stages of a recipe, in order."""
    whole = _whole(recipe)
    common = {"format": FORMAT, **{key: whole[key] for key in ("seed", "threads", "device", "precision")}}
    if recipe.memory != MemoryConfig():
        common["memory"] = whole["memory"]
    if recipe.speed != SpeedConfig():
        common["speed"] = whole["speed"]
    base = {**common, "base": whole["base"]}
    if not isinstance(recipe.base, FolderBase):
        base |= {"data": _world(whole["data"]), "inputs": dict(fingerprint)}
    stages = [PlannedStage(index=0, name="base", kind=recipe.base.kind, settings=recipe.base, config=base)]
    for index, stage in enumerate(recipe.stages, start=1):
        config = {
            **common,
            "stage": _json(stage),
            "data": _without_test(whole["data"]),
            "inputs": dict(fingerprint),
        }
        stages.append(
            PlannedStage(index=index, name=stage.name, kind=stage.kind, settings=stage, config=config)
        )
    return tuple(stages)


def evaluation_config(recipe: Recipe, fingerprint: Mapping[str, str]) -> dict[str, Any]:
    """Return all of the recipe that a score depends on, beside the model."""
    whole = _whole(recipe)
    data = {**_world(whole["data"]), "test": {key: whole["data"][key]["test"] for key in COUNTS}}
    # The headline and the tolerance say how scores are shown, not what they are.
    evaluation = {k: v for k, v in whole["evaluation"].items() if k not in {"headline", "general_tolerance"}}
    keys = ("seed", "threads", "device", "precision")
    kernels = {} if recipe.speed.kernels == "torch" else {"kernels": recipe.speed.kernels}
    return {
        "format": FORMAT,
        **{key: whole[key] for key in keys},
        **kernels,
        "evaluation": evaluation,
        "data": data,
        "inputs": dict(fingerprint),
    }


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return one line per setting that differs: ``stages.targeted.sft.epochs: 2 -> 4``."""
    before, after = _flat(old), _flat(new)
    names = [{key.split(".")[1] for key in flat if key.startswith("stages.")} for flat in (before, after)]
    lines = [f"stages.{name}: new" for name in sorted(names[1] - names[0])]
    lines += [f"stages.{name}: gone" for name in sorted(names[0] - names[1])]
    for key in dict.fromkeys([*before, *after]):
        if key.startswith("stages.") and key.split(".")[1] in names[0] ^ names[1]:
            continue  # said in one line above
        if before.get(key, _NOTHING) != after.get(key, _NOTHING):
            lines.append(f"{key}: {_shown(before, key)} -> {_shown(after, key)}")
    return lines


_NOTHING = object()


def _shown(values: Mapping[str, Any], key: str) -> str:
    return repr(values[key]) if key in values else "not there"


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        pairs = value.items()
    elif (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and any(isinstance(v, Mapping) for v in value)
    ):
        pairs = {
            str(v.get("name", i)) if isinstance(v, Mapping) else str(i): v for i, v in enumerate(value)
        }.items()
    else:
        return {path: list(value) if isinstance(value, tuple) else value}
    found: dict[str, Any] = {}
    for key, item in pairs:
        found |= _flat(item, f"{path}.{key}" if path else str(key))
    return found


def _whole(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe without the default style of platform, which runs from before there were styles lack."""
    whole = _json(recipe)
    world = whole["data"].get("world", {})
    if world.get("style") == "notes":
        del world["style"]
    return whole


def _json(node: Node) -> dict[str, Any]:
    return node.model_dump(mode="json")


def _world(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data settings that every split shares: they make the base model and the vocabulary.

    The simulator draws its splits apart, so sizes of one do not move another; files are one whole.
    """
    counted = {"examples_per_task", "general", "observation"} if data["kind"] == "simulator" else set()
    return {key: value for key, value in data.items() if key not in counted}


def _without_test(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything but the size of the simulated test split: measuring more must not train again."""
    if data["kind"] != "simulator":
        return dict(data)
    return {
        key: {k: v for k, v in value.items() if k != "test"} if key in COUNTS else value
        for key, value in data.items()
    }
