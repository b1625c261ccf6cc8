"""Turns validation errors of typed YAML into one message that names the key, the value and the fix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from redone.errors import UserError

T = TypeVar("T", bound=BaseModel)


def nearest(name: str, names: Sequence[str]) -> str:
    """The name most like ``name``, or an empty text when none is alike."""
    found = process.extractOne(name.lower(), {n: n.lower() for n in names}, score_cutoff=60.0)
    return str(found[2]) if found else ""


def validate(model: type[T], data: Any, where: str) -> T:
    """``data`` as ``model``.

    Raises:
        UserError: the first few errors, each with its key path, the value seen and what would be right.

    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = [_line(model, item) for item in error.errors()[:5]]
        more = error.error_count() - len(lines)
        tail = f"; and {more} more" if more > 0 else ""
        raise UserError(f"{where}: {'; '.join(lines)}{tail}") from error


def _line(model: type[BaseModel], item: Any) -> str:
    path = [str(part) for part in item["loc"]]
    place = ".".join(path) or "top level"
    if item["type"] == "extra_forbidden":
        names = _names_at(model, path[:-1])
        near = nearest(path[-1], names)
        fix = f"did you mean '{near}'?" if near else f"known keys: {', '.join(names)}"
        return f"unknown key '{place}', {fix}"
    if item["type"] == "missing":
        return f"key '{place}' is missing"
    return f"key '{place}' = {item['input']!r:.60}: {item['msg']:.300}"


def _names_at(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    """The keys that are known at a place. Parts that are no field (list positions, tags) are stepped over."""
    models: list[type[BaseModel]] = [model]
    for part in path:
        below = [m for owner in models for m in _below(owner, part)]
        tagged = [m for m in models if part in _tags(m)]
        models = below or tagged or models
    return sorted({name for owner in models for name in owner.model_fields})


def _below(model: type[BaseModel], part: str) -> list[type[BaseModel]]:
    field = model.model_fields.get(part)
    return _models_in(field.annotation) if field else []


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("do")
    return getattr(field.annotation, "__args__", ()) if field else ()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models_in(inner)]
