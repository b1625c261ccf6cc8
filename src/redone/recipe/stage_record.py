"""What a finished stage is: its record, its model, and when the record is to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redone.errors import RedoneError
from redone.recipe.context import StageOutcome
from redone.recipe.durable import read_json, remove, sync_tree, write_json
from redone.recipe.folder import StageFolder
from redone.recipe.hashing import hash_folder
from redone.recipe.planning import PlannedStage
from redone.recipe.progress import Display


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A stage that is there: its folder, model and record; ``how`` is kept, cached or computed."""

    stage: PlannedStage
    folder: StageFolder
    model: Path
    record: Mapping[str, Any]
    suites: Mapping[str, Any]
    how: str


def finished(
    folder: StageFolder, stage: PlannedStage, input_hash: str, display: Display
) -> dict[str, Any] | None:
    """Return the record of a stage that is done with these settings and this input, with an intact model.

    A model that does not match its hash is named and removed, so that the stage is computed again.
    """
    record = read_json(folder.record)
    if record is None or record.get("config_sha256") != stage.config_hash:
        return None
    if record.get("input_sha256") != input_hash:
        return None
    model = model_of(folder, record)
    if not model.is_dir() or hash_folder(model) != record.get("artifact_sha256"):
        display.warn(
            f"{model} is damaged (its content does not match stage.json); computing {stage.name} again"
        )
        remove(folder.path)
        return None
    return record


def seal(
    folder: StageFolder, stage: PlannedStage, hashes: Mapping[str, str], outcome: StageOutcome, seconds: float
) -> dict[str, Any]:
    """Write stage.json, after which the stage counts as finished.

    Raises:
        RedoneError: the stage left no model.

    """
    model = outcome.artifact or folder.model
    if not model.is_dir() or not any(model.iterdir()):
        raise RedoneError(f"the stage {stage.name} left no model in {model}")
    if outcome.artifact is None:
        sync_tree(model)
    record = {
        "name": stage.name,
        "kind": stage.kind,
        **hashes,
        "artifact_sha256": hash_folder(model),
        **({"artifact": str(outcome.artifact)} if outcome.artifact else {}),
        "seconds": round(seconds, 3),
        "examples": outcome.examples,
        "prompts": outcome.prompts,
        "tokens": outcome.tokens,
        "steps": outcome.steps,
        "notes": list(outcome.notes),
        "warnings": list(outcome.warnings),
    }
    write_json(folder.record, record)
    return record


def model_of(folder: StageFolder, record: Mapping[str, Any]) -> Path:
    """Return where the stage's model lies: in its folder, or where the record says."""
    return Path(record["artifact"]) if "artifact" in record else folder.model
