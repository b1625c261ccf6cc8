"""Which benchmark items must not stand in what is trained on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from redone.recipe.config.node import Node


class BenchmarksConfig(Node):
    """The search for benchmark items in training data, before anything is trained."""

    folder: Annotated[str, Field(min_length=1)]
    """Folder that holds the benchmarks' files; relative to the recipe file."""
    suites: tuple[str, ...] = ()
    """Suites or sets to search for, as `redone bench list` names them; empty: every set that the folder holds."""
    exceptions: tuple[str, ...] = ()
    """Items that may be trained on although they are found: `Note-CHLW/17`, or a whole set by its name. They are
    counted, and the run says so."""
    absent: Literal["stop", "skip"] = "stop"
    """What to do without the folder; skip: train unchecked, and say so."""
