"""One process of the tests of several: trains with every objective and writes the losses it saw."""

import importlib.util
import json
import os
import sys
from pathlib import Path

import torch

from redone.training import (
    CheckpointStore,
    DapoSettings,
    DpoSettings,
    NextTokenSettings,
    train_dapo,
    train_next_token,
    train_preference,
)
from redone.training.parallel import start_world, stop_world

spec = importlib.util.spec_from_file_location("kit", Path(__file__).with_name("conftest.py"))
assert spec is not None and spec.loader is not None  # noqa: PT018
kit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kit)

SUPERVISED = NextTokenSettings(lr=3e-3, epochs=2, tokens_per_step=96, row_tokens=32, weight_decay=0.1)


def trajectories(folder: Path | None) -> dict[str, list[float]]:
    """Losses of every objective; next-token training leaves a checkpoint in the middle."""
    made: dict[str, list[float]] = {}
    rows: list[dict] = []
    store = CheckpointStore(folder / "sft", every=3, keep=99) if folder else None
    train_next_token(
        kit.make_model(), kit.make_sequences(20), SUPERVISED, checkpoints=store, on_step=rows.append
    )
    made["next_token"] = [row["loss"] for row in rows]
    made["norm"] = [row["grad_norm"] for row in rows]
    rows = []
    model = kit.make_model()
    policy = DapoSettings(lr=3e-3, steps=4, groups_per_step=6, group_size=4, mini_batches=2, max_new_tokens=5)
    train_dapo(
        model, kit.make_sampler(model), kit.make_pool(), kit.parity_reward, policy, on_step=rows.append
    )
    made["dapo"] = [row["loss"] for row in rows]
    made["reward"] = [row["reward_raw"] for row in rows]
    rows = []
    preference = DpoSettings(lr=1e-3, epochs=1, pairs_per_step=8, next_token_weight=0.1, row_tokens=40)
    train_preference(kit.make_model(), kit.make_pairs(24), preference, on_step=rows.append)
    made["dpo"] = [row["loss"] for row in rows]
    return made


def die_in_step(row: dict) -> None:
    """The second process ends without a word in its third step."""
    if row["step"] == 2 and os.environ["RANK"] == "1":
        os._exit(9)


if __name__ == "__main__":
    torch.set_num_threads(1)
    start_world(60)
    out = Path(sys.argv[2])
    if sys.argv[1] == "die":
        train_next_token(kit.make_model(), kit.make_sequences(20), SUPERVISED, on_step=die_in_step)
    else:
        found = trajectories(out)
        (out / f"rank{os.environ['RANK']}.json").write_text(json.dumps(found))
    stop_world()
