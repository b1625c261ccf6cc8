"""Which keys a recipe can have: for "did you mean", for the contract test and for the reference page."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Union, get_args, get_origin

from redone.recipe.config.node import Node


def keys(node: type[Node], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every dotted key below a part of the tree with its description; stages read ``stages.<kind>.key``."""
    for name, info in node.model_fields.items():
        path = f"{prefix}{name}"
        yield path, info.description or ""
        classes = _node_classes(info.annotation)
        for child in classes:
            middle = f"{_kind_of(child)}." if len(classes) > 1 and _is_list(info.annotation) else ""
            yield from keys(child, f"{path}.{middle}")


def part_at(root: type[Node], location: tuple[Any, ...]) -> tuple[type[Node] | None, str]:
    """Find the class that holds the last element of a pydantic error location, and the dotted path to it.

    pydantic puts the tag of a union member into the location (``stages, 0, exploratory, rl``); the path has it
    in place of the position for stages and leaves it out elsewhere (``stages.exploratory.rl``,
    ``data.users``).
    """
    current: type[Node] | None = root
    choices: list[type[Node]] = []
    path: list[str] = []
    for part in location[:-1]:
        tagged = next((c for c in choices if _kind_of(c) == part), None)
        if tagged is not None:
            if path and path[-1].isdigit():
                path.pop()
                path.append(str(part))
            current, choices = tagged, []
            continue
        path.append(str(part))
        if current is not None and not isinstance(part, int) and part in current.model_fields:
            choices = _node_classes(current.model_fields[part].annotation)
            current = choices[0] if len(choices) == 1 else None
        elif not isinstance(part, int) and current is None:
            choices = []
    return current, ".".join(path)


def nearest(node: type[Node], key: str) -> str:
    """Find the key of ``node``, or below it, that is most like ``key``; empty when nothing is close.

    A key that exists exactly further down wins over a similar one here: ``rl.learning_rate`` is far more
    often a
    forgotten ``optimizer`` than a misspelt neighbour.
    """
    below = {path: path.rsplit(".", 1)[-1] for path, _ in keys(node)}
    for wanted in (key, *get_close_matches(key, node.model_fields, n=1, cutoff=0.72)):
        exact = sorted((path for path, last in below.items() if last == wanted), key=len)
        if exact:
            return exact[0]
    close = get_close_matches(key, below.values(), n=1, cutoff=0.72)
    return min((path for path, last in below.items() if close and last == close[0]), key=len, default="")


def description_of(node: type[Node] | None, key: str) -> str:
    """Return what the key means; empty when there is no such key."""
    if node is None or key not in node.model_fields:
        return ""
    return (node.model_fields[key].description or "").replace("\n", " ")


def _kind_of(node: type[Node]) -> str:
    info = node.model_fields.get("kind")
    values = get_args(info.annotation) if info is not None else ()
    return str(values[0]) if values else ""


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) in {tuple, list}


def _node_classes(annotation: Any) -> list[type[Node]]:
    """Every Node class inside an annotation, through Annotated, unions, tuples and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, Node):
        return [annotation]
    origin = get_origin(annotation)
    if origin is Annotated:
        return _node_classes(get_args(annotation)[0])
    if origin in {Union, types.UnionType, tuple, list, Mapping, dict} or _is_mapping(origin):
        return [found for part in get_args(annotation) for found in _node_classes(part)]
    return []


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)
