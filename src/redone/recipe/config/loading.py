"""From a file to a checked recipe, and from pydantic's complaints to messages that say what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from redone.errors import UserError
from redone.recipe.config.keys import description_of, nearest, part_at
from redone.recipe.config.merging import merge, with_overrides
from redone.recipe.config.node import Node
from redone.recipe.config.tree import AblationRecipe, Recipe
from redone.recipe.config.yaml_file import read_yaml

N = TypeVar("N", bound=Node)

LONGEST_CHAIN = 8
"""Files that may extend one another in a row."""


def read_recipe(path: Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Read the recipe of a YAML file, with what it extends below it and dotted ``overrides`` on top.

    Raises:
        UserError: the file or a setting is wrong; the message has one line per problem.

    """
    return validate(Recipe, with_overrides(read_tree(path), overrides or {}), str(path))


def read_ablation(path: Path, overrides: Mapping[str, Any] | None = None) -> AblationRecipe:
    """Read the comparison described by a YAML file; as ``read_recipe``."""
    return validate(AblationRecipe, with_overrides(read_tree(path), overrides or {}), str(path))


def read_tree(path: Path, above: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Read a recipe file as plain data, `extends` followed and relative paths made absolute."""
    here = path.resolve()
    if here in above:
        raise UserError(f"{path}: extends itself, by way of {' -> '.join(p.name for p in (*above, here))}")
    if len(above) >= LONGEST_CHAIN:
        raise UserError(f"{path}: more than {LONGEST_CHAIN} files extend one another; merge some of them")
    tree = read_yaml(path)
    parent = tree.pop("extends", None)
    _anchor_paths(tree, here.parent)
    if parent is None:
        return tree
    if not isinstance(parent, str):
        raise UserError(
            f"{path}: extends is {parent!r}; write the name of one recipe file, relative to this one"
        )
    below = read_tree(here.parent / parent, (*above, here))
    merged = merge(below, tree)
    assert isinstance(merged, dict)
    return merged


def validate(node: type[N], tree: Mapping[str, Any], where: str) -> N:
    """Return ``tree`` as a checked part of a recipe.

    Raises:
        UserError: one line per problem, with the full key, the value seen and the fix.

    """
    tree = _with_default_kinds(node, tree)
    try:
        # JSON mode is strict about types but takes lists for tuples, which is what YAML can write.
        return node.model_validate_json(orjson.dumps(tree))
    except ValidationError as error:
        lines = list(
            dict.fromkeys(_explain(node, problem) for problem in error.errors() if _worth_saying(problem))
        )
        raise UserError(f"{where}:\n  " + "\n  ".join(lines)) from error
    except (TypeError, orjson.JSONEncodeError) as error:
        raise UserError(f"{where}: {error}") from error


def _with_default_kinds(node: type[Node], tree: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in the `kind` of parts with a default, so that ``--set base.hidden=64`` needs no base.kind."""
    filled = dict(tree)
    for name, info in node.model_fields.items():
        kind = getattr(info.default, "kind", None)
        part = filled.get(name)
        if kind is not None and isinstance(part, Mapping) and "kind" not in part:
            filled[name] = {"kind": kind, **part}
    return filled


def _worth_saying(problem: Any) -> bool:
    # pydantic also counts a list as too short when its items were wrong, which says nothing new.
    return not (problem["type"] == "too_short" and problem["input"])


def _explain(node: type[Node], problem: Any) -> str:
    location = tuple(problem["loc"])
    part, path = part_at(node, location)
    key = str(location[-1]) if location else ""
    full = f"{path}.{key}" if path else key
    kind, seen = problem["type"], _shorten(problem["input"])
    if kind == "extra_forbidden":
        known = sorted(part.model_fields) if part else []
        guess = nearest(part, key) if part else ""
        prefix = f"{path}." if path else ""
        hint = f"did you mean {prefix}{guess}?" if guess else f"the keys here are {', '.join(known)}"
        return f"{full}: no such key; {hint}"
    if kind == "missing":
        meaning = description_of(part, key)
        return f"{full}: missing; add it" + (f" ({meaning})" if meaning else "")
    if kind == "union_tag_not_found":
        return f"{full}: has no `kind`; say which kind it is"
    if kind == "union_tag_invalid":
        expected = problem["ctx"]["expected_tags"].replace("'", "")
        return f"{full}.kind: {_shorten(problem['ctx']['tag'])} is none of {expected}"
    if kind in {"value_error", "assertion_error"}:
        where, _ = _model_path(node, location)
        return (f"{where}: " if where else "") + str(problem["ctx"]["error"])
    if kind == "bool_type" and problem["input"] in ("yes", "no", "on", "off"):
        return f"{full}: is the text {seen}; write true or false"
    meaning = description_of(part, key)
    return f"{full}: {_plain(problem['msg'])}, not {seen}" + (f" ({meaning})" if meaning else "")


def _model_path(node: type[Node], location: tuple[Any, ...]) -> tuple[str, type[Node] | None]:
    """Return the path of the part itself: a validator of a whole part reports the part's location."""
    part, path = part_at(node, (*location, ""))
    return path, part


def _plain(message: str) -> str:
    message = re.sub(
        r"^\w+ should have at (least|most) (\d+) (item|character)s?.*", r"must have at \1 \2 \3(s)", message
    )
    message = message.replace("String should match pattern", "must match the pattern")
    return (
        message.replace("Input should be", "must be")
        .replace("a valid ", "a ")
        .replace("a integer", "an integer")
    )


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _anchor_paths(tree: dict[str, Any], folder: Path) -> None:
    """Paths in a recipe are relative to the file that names them, wherever the command is started."""
    for source in _text_sources(tree):
        files = source.get("files")
        if isinstance(files, list):
            source["files"] = [str((folder / f).resolve()) if isinstance(f, str) else f for f in files]
    for section, names in (
        ("data", ("root", "mappings")),
        ("base", ("path",)),
        ("benchmarks", ("folder",)),
        ("", ("recipe", "stages_of")),
    ):
        part = tree.get(section) if section else tree
        if not isinstance(part, dict):
            continue
        if section == "data" and part.get("kind", "files") != "files":
            continue
        for name in names:
            value = part.get(name)
            if isinstance(value, str) and value:
                part[name] = str((folder / value).resolve())
            elif isinstance(value, list):
                part[name] = [str((folder / v).resolve()) if isinstance(v, str) else v for v in value]
    for stage in _stages(tree):
        experts = stage.get("experts")
        if (
            isinstance(experts, dict)
            and isinstance(experts.get("annotations"), str)
            and experts["annotations"]
        ):
            experts["annotations"] = str((folder / experts["annotations"]).resolve())


def _stages(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every stage that is one; they stand in a list, or by name in a file that extends another."""
    stages = tree.get("stages")
    listed = (
        list(stages.values()) if isinstance(stages, Mapping) else stages if isinstance(stages, list) else []
    )
    return [stage for stage in listed if isinstance(stage, dict)]


def _text_sources(tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every text source of every stage."""
    sources = [stage.get("sources") for stage in _stages(tree)]
    return [
        s for named in sources if isinstance(named, Mapping) for s in named.values() if isinstance(s, dict)
    ]
