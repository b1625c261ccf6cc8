"""The class that every part of a recipe inherits: it refuses unknown keys and loose types."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,47}$"
"""Names that become folder names: no separators, no dots, no upper case, so no path can hide in one."""


class Node(BaseModel):
    """A frozen part of a recipe; the docstring below each field is its description."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )
