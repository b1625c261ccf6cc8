"""A run folder that already holds something: what stays, and whether a changed recipe may go on in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redone.errors import UserError
from redone.recipe.durable import read_json
from redone.recipe.folder import RunFolder
from redone.recipe.planning import PlannedStage

LONGEST_DIFF = 12
"""Changed settings shown in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``redo`` names the folders below ``stages`` that do not belong to the plan any more."""

    redo: tuple[str, ...]
    kept: tuple[str, ...]


def reconcile(
    folder: RunFolder, planned: Sequence[PlannedStage], changes: Sequence[str], restart: bool
) -> Verdict:
    """Compare what is there with the plan.

    Work of later stages may be replaced when a finished stage before it stays: that is how a recipe is tuned,
    and the stages that run again are named. A half-finished stage, or everything at once, is only discarded
    when asked for, because that is rather a wrong --out than a wish.

    Raises:
        UserError: the recipe was changed in such a way and ``restart`` is false.

    """
    wanted = {folder.stage(stage.index, stage.name).path.name: stage for stage in planned}
    present = sorted(path.name for path in folder.stages.iterdir() if path.is_dir())
    kept: list[str] = []
    redo: list[str] = []
    half: list[str] = []
    for name in present:
        stage = wanted.get(name)
        done = read_json(folder.stages / name / "stage.json")
        begun = read_json(folder.stages / name / "begun.json")
        state = done or begun
        if state is None:
            continue  # nothing of value was left before the kill
        if not redo and stage is not None and state.get("config_sha256") == stage.config_hash:
            kept.append(name)
        else:
            redo.append(name)
            work = folder.stages / name / "work"
            if done is None and work.is_dir() and any(work.iterdir()):
                half.append(name)
    lost = [name for name in redo if name in half or (folder.stages / name / "stage.json").exists()]
    if lost and not restart and (half or not kept):
        raise UserError(_refusal(folder, half or lost, changes))
    return Verdict(redo=tuple(redo), kept=tuple(kept))


def _refusal(folder: RunFolder, names: Sequence[str], changes: Sequence[str]) -> str:
    shown = [f"  {line}" for line in changes[:LONGEST_DIFF]]
    if len(changes) > LONGEST_DIFF:
        shown.append(f"  and {len(changes) - LONGEST_DIFF} more")
    return "\n".join(
        [
            f"{folder.root} holds work of another recipe ({', '.join(names)}), which this one would discard:",
            *(shown or ["  the data or the stage order changed"]),
            "use another --out folder, undo the change, or add --restart to discard that work",
        ]
    )
