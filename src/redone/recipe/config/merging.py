"""Laying one recipe tree over another: `extends` in files, `--set` on the command line, `set` in ablations.

One rule for all three. A mapping over a mapping merges key by key; anything else replaces. A mapping over a list
addresses the list's items by `name`, else `kind`, else position, so that one setting of one stage can be changed
without copying the list. When `kind` changes the whole part is replaced, because its keys belong to the old
kind.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from redone.errors import UserError
from redone.recipe.config.yaml_file import parse_value


def merge(under: Any, over: Any, path: str = "") -> Any:
    """``over`` laid on ``under``; neither is changed.

    Raises:
        UserError: ``over`` addresses an item that a list does not have.

    """
    if isinstance(over, Mapping):
        if isinstance(under, Mapping):
            return _merge_mappings(under, over, path)
        if isinstance(under, list) and over:
            return _merge_into_list(under, over, path)
    return copy.deepcopy(over)


def with_overrides(tree: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """``tree`` with dotted keys set, in order: ``{"stages.exploratory.rl.steps": 20}``."""
    for dotted, value in overrides.items():
        parts = dotted.split(".")
        if not all(part.strip() == part and part for part in parts):
            raise UserError(
                f"{dotted!r} is not a dotted key; for example seed or stages.exploratory.rl.steps"
            )
        for part in reversed(parts):
            value = {part: value}
        tree = merge(tree, value)
    return dict(tree)


def parse_settings(settings: Sequence[str]) -> dict[str, Any]:
    """``["a.b=1", "c=[x, y]"]`` as ``{"a.b": 1, "c": ["x", "y"]}``; values are YAML.

    Raises:
        UserError: no equals sign, or a value that is not YAML.

    """
    found: dict[str, Any] = {}
    for setting in settings:
        key, sign, value = setting.partition("=")
        if not sign or not key.strip():
            raise UserError(f"--set {setting!r}: write KEY=VALUE, for example --set seed=3")
        found[key.strip()] = parse_value(value, f"--set {key.strip()}")
    return found


def _merge_mappings(under: Mapping[str, Any], over: Mapping[str, Any], path: str) -> dict[str, Any]:
    if "kind" in over and over["kind"] != under.get("kind", over["kind"]):
        return copy.deepcopy(dict(over))
    merged = copy.deepcopy(dict(under))
    for key, value in over.items():
        merged[key] = merge(merged[key], value, _join(path, key)) if key in merged else copy.deepcopy(value)
    return merged


def _merge_into_list(under: list[Any], over: Mapping[str, Any], path: str) -> list[Any]:
    merged = copy.deepcopy(under)
    names = [_item_name(item, index) for index, item in enumerate(merged)]
    for key, value in over.items():
        if key in names:
            index = names.index(key)
        elif key.isascii() and key.isdigit() and int(key) < len(merged):
            index = int(key)
        else:
            known = ", ".join(names) if names else "none"
            raise UserError(
                f"{_join(path, key)}: there is no {key!r} in {path or 'the list'}; it has {known}"
            )
        merged[index] = merge(merged[index], value, _join(path, key))
    return merged


def _item_name(item: Any, index: int) -> str:
    if isinstance(item, Mapping):
        return str(item.get("name", item.get("kind", index)))
    return str(index)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
