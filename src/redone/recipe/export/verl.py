"""A reinforcement stage for verl (0.9): parquet files, a reward file, overrides of its settings, a launch script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from ruamel.yaml import YAML

from redone.errors import UserError
from redone.recipe.config import ExploratoryStage, RefinementStage
from redone.recipe.export.source import Exported
from redone.recipe.export.stage_data import stage_data
from redone.recipe.export.truth import ground_truth
from redone.recipe.export.verl_settings import DEV, REWARD, TRAIN, Stage, arguments, nested, overrides
from redone.recipe.export.writing import Written, chat_of, write_text
from redone.records import Example

OVERRIDES, LAUNCH = "overrides.yaml", "launch.sh"
PATH_KEYS = ("data.train_files", "data.val_files", "reward.custom_reward_function.path")


def export_verl(source: Exported, out: Path, name: str = "") -> Written:
    """Write one reinforcement stage of the recipe; by default the first.

    Raises:
        UserError: there is no such stage.

    """
    stage = chosen_stage(source, name)
    data = stage_data(source, stage)
    out.mkdir(parents=True, exist_ok=True)
    dev = list(source.dataset.dev)
    train_frame = frame(source, data.prompts, "train")
    train_frame.write_parquet(out / TRAIN)
    frame(source, dev, "dev").write_parquet(out / DEV)
    settings = overrides(source, stage, train_frame.height)
    write_text(out / REWARD, files("redone.recipe.export").joinpath("verl_reward.txt").read_text())
    with (out / OVERRIDES).open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(nested(settings), file)
    write_text(out / LAUNCH, launch_script(settings, source.model_before(stage)), executable=True)
    cut = "verl does not tell a reward whether an answer was cut: cut answers lose by the overlong penalty alone"
    return Written(
        {TRAIN: train_frame.height, DEV: len(dev), REWARD: 0, OVERRIDES: 0, LAUNCH: 0}, (*data.notes, cut)
    )


def chosen_stage(source: Exported, name: str) -> Stage:
    """The reinforcement stage of that name, or the first one."""
    found = [stage for stage in source.recipe.stages if isinstance(stage, ExploratoryStage | RefinementStage)]
    for stage in found:
        if name in ("", stage.name):
            return stage
    known = ", ".join(stage.name for stage in found) or "none"
    raise UserError(f"--stage is {name!r}: the recipe's reinforcement stages are {known}")


def frame(source: Exported, examples: Sequence[Example], split: str) -> pl.DataFrame:
    """Rows as verl's dataset reads them; ``data_source`` is the task, so that curves are shown by task."""
    tasks = source.dataset.tasks
    return pl.DataFrame(
        [
            {
                "data_source": example.task,
                "prompt": chat_of(example.messages),
                "ability": tasks[example.task].capability,
                "reward_model": {"style": "rule", "ground_truth": ground_truth(tasks[example.task], example)},
                "extra_info": {
                    "index": index,
                    "split": split,
                    "id": example.id,
                    "language": example.language,
                    "suite": tasks[example.task].suite,
                },
            }
            for index, example in enumerate(examples)
        ],
        infer_schema_length=None,
    )


def launch_script(settings: Mapping[str, Any], model: str) -> str:
    """A shell script that starts verl with the settings; model, GPUs and nodes come from the environment."""
    given = f"={model}" if model else "?name the folder of the model that this stage starts from"
    plain = {key: value for key, value in settings.items() if key not in PATH_KEYS}
    quoted = [f"'{argument}'" for argument in arguments(plain)]
    quoted += [f'"{key}=$PWD/{settings[key]}"' for key in PATH_KEYS]  # workers stand in other folders
    shown = " \\\n  ".join(quoted)
    return f"""#!/usr/bin/env bash
# Starts the stage with verl. Settings: {OVERRIDES} holds the same values as a tree. Further ones may follow
# the script's name. The package redone must be installed where rewards are computed.
set -euo pipefail
cd "$(dirname "$0")"
: "${{MODEL:{given}}}"
: "${{GPUS:=8}}" "${{NODES:=1}}" "${{TENSOR_PARALLEL:=1}}"
exec python3 -m verl.trainer.main_ppo \\
  {shown} \\
  "actor_rollout_ref.model.path=$MODEL" \\
  "actor_rollout_ref.rollout.tensor_model_parallel_size=$TENSOR_PARALLEL" \\
  "trainer.n_gpus_per_node=$GPUS" \\
  "trainer.nnodes=$NODES" \\
  "$@"
"""
