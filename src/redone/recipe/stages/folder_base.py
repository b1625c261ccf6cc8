"""A base model from disk: checked and measured, not copied."""

from __future__ import annotations

from pathlib import Path

import torch

from redone.model import load_model
from redone.recipe.config import FolderBase
from redone.recipe.context import StageContext, StageOutcome


def run(context: StageContext) -> StageOutcome:
    """Load the folder once, so that a damaged or unsafe one is refused before anything is trained."""
    settings = context.settings
    assert isinstance(settings, FolderBase)
    folder = Path(settings.path)
    load_model(folder, dtype=getattr(torch, settings.dtype))
    return StageOutcome(artifact=folder, notes=(f"base model: {folder}",))
