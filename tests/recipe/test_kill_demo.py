"""The demo recipe, made small, with its real stages: killed at random moments it ends like a straight run."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from redone.recipe.hashing import hash_folder

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("REDONE_KILLS", "20"))
SMALL = (
    "threads=1",
    "precision=float32",
    "base.text_documents=400",
    "base.echo_examples=400",
    "base.general_examples=400",
    "base.instruction_examples=400",
    "base.checkpoint_every=5",
    "data.examples_per_task={train: 8, dev: 8, test: 80}",
    "data.general={train: 60, dev: 24, test: 48}",
    "evaluation.max_new_tokens=4",
    "stages.exploratory.rl.steps=6",
    "stages.exploratory.rl.groups_per_step=8",
    "stages.exploratory.rl.max_new_tokens=8",
    "stages.exploratory.rl.checkpoint_every=2",
    "stages.targeted.diagnosis_items=8",
    "stages.targeted.examples=64",
    "stages.targeted.sft.epochs=2",
    "stages.targeted.sft.checkpoint_every=2",
    "stages.refinement.rl.steps=4",
    "stages.refinement.rl.groups_per_step=8",
    "stages.refinement.rl.max_new_tokens=8",
    "stages.refinement.rl.checkpoint_every=2",
)


def start(out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "redone.cli.main", "run", str(ROOT / "recipes/redone-2-nano.yaml")]
    command += ["--out", str(out), "--no-cache"]
    for setting in SMALL:
        command += ["--set", setting]
    # A group of its own, so that a kill takes the sandbox processes along, as a power cut would.
    with out.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def outcome(out: Path) -> dict:
    results = json.loads((out / "results.json").read_text())
    for stage in results["stages"]:
        stage.pop("seconds")
    rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    steps = [(row["stage"], row["kind"], row["step"]) for row in rows]
    return {"model": hash_folder(out / "model"), "results": results, "steps": steps}


def attempt(out: Path, seconds: float) -> bool:
    """Run, or go on, for so long at most; True when it was killed."""
    process = start(out)
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    assert process.returncode == 0, out.with_suffix(".log").read_text()[-2000:]
    return False


@pytest.mark.slow
def test_the_demo_killed_at_random_moments_equals_the_straight_run(tmp_path) -> None:
    begun = time.monotonic()
    straight = tmp_path / "straight"
    assert not attempt(straight, 3600)
    whole = time.monotonic() - begun
    rng, kills, runs = random.Random(5), 0, 0
    while kills < KILLS:
        # A run that got to its end between two kills is compared, and another one takes the next kills.
        out = tmp_path / f"killed-{runs}"
        # Long enough to get past the start-up, short enough that a kill is not a whole run.
        while kills < KILLS and attempt(out, rng.uniform(0.1, 0.5) * whole):
            kills += 1
        assert not attempt(out, 3600)
        assert outcome(out) == outcome(straight)
        runs += 1
    print(f"{kills} kills over {runs} runs of {whole:.0f} s")
