"""A workshop whose stages count instead of training. Run as a script it is a process that tests can kill."""

import hashlib
import json
import sys
import time
from collections import Counter
from pathlib import Path

from redone.recipe.config import Recipe, validate
from redone.recipe.context import StageContext, StageOutcome, Workshop
from redone.recipe.durable import write_json
from redone.recipe.progress import Display
from redone.recipe.runner import RunOptions, run

OPTIMIZER = {"learning_rate": 0.001}


def make_recipe(**changes) -> Recipe:
    rl = {"steps": 7, "checkpoint_every": 2, "optimizer": OPTIMIZER}
    tree = {
        "name": "fake",
        "threads": 1,
        "stages": [
            {"kind": "exploratory", "rl": rl},
            {"kind": "targeted", "sft": {"epochs": 5, "optimizer": OPTIMIZER}},
            {"kind": "refinement", "rl": rl},
        ],
    }
    from redone.recipe.config import with_overrides

    return validate(
        Recipe, with_overrides(tree, {k.replace("__", "."): v for k, v in changes.items()}), "test"
    )


class Fakes:
    """Counts what is called; ``trouble`` is called with (stage name, step) and may raise."""

    def __init__(self, pause: float = 0.0) -> None:
        self.calls: Counter[str] = Counter()
        self.pause = pause
        self.trouble = lambda name, step, context: None
        self.inputs: dict[str, str] = {}

    def workshop(self) -> Workshop:
        kinds = ("tiny", "exploratory", "targeted", "refinement", "supervised")
        return Workshop(
            stages=dict.fromkeys(kinds, self.stage),
            prepare=self.prepare,
            evaluate=self.evaluate,
            fingerprint=lambda recipe: self.inputs,
        )

    def prepare(self, recipe, root):
        self.calls["prepare"] += 1
        return "dataset"

    def stage(self, context: StageContext) -> StageOutcome:
        assert context.dataset == "dataset"
        self.calls[context.name] += 1
        settings = context.settings
        steps = settings.rl.steps if hasattr(settings, "rl") else 5
        state = {"step": 0, "value": str(context.seed)}
        if context.previous:
            state["value"] += (context.previous / "weights.txt").read_text()
        saved = context.work / "state.json"
        if saved.exists():
            state = json.loads(saved.read_text())
        context.log.rewind(state["step"])
        for step in range(state["step"] + 1, steps + 1):
            time.sleep(self.pause)
            self.trouble(context.name, step, context)
            state = {"step": step, "value": hashlib.sha256(f"{state['value']}{step}".encode()).hexdigest()}
            context.log.write(step, "train", loss=int(state["value"][:4], 16))
            context.progress.advance(step, steps, "rollouts", loss=1.0)
            if step % 2 == 0 or context.stop.requested:
                context.log.sync()
                write_json(saved, state)
                context.stop.check()
        (context.folder / "model").mkdir(exist_ok=True)
        (context.folder / "model" / "weights.txt").write_text(state["value"])
        context.rollouts.write_text(state["value"])
        return StageOutcome(examples=10, prompts=20, tokens=30, steps=steps, notes=("counted",))

    def evaluate(self, context: StageContext):
        self.calls[f"evaluate {context.name}"] += 1
        time.sleep(self.pause)
        self.trouble(f"evaluate {context.name}", 0, context)
        value = int((context.previous / "weights.txt").read_text()[:4], 16) / 65536 * 100
        (context.folder / "samples.jsonl").write_text(f"{value}\n")
        score = {"score": value, "ci95": [value - 1, value + 1], "tasks": {}}
        lower = {**score, "score": value / 2}
        return {
            "sns": {"greedy": score, "sampled": lower},
            "general": {"greedy": score, "sampled": lower},
        }


def timeless(root: Path) -> dict:
    """What a run folder holds, times aside."""
    results = json.loads((root / "results.json").read_text())
    for stage in results["stages"]:
        stage.pop("seconds")
    rows = [json.loads(line) for line in (root / "metrics.jsonl").read_text().splitlines()]
    for row in rows:
        row.pop("time")
    models = {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("weights.txt")}
    rollouts = {p.name: p.read_text() for p in (root / "rollouts").iterdir()}
    leftovers = [p.name for p in root.rglob("*") if p.name.endswith(".partial") or p.name == "work"]
    return {
        "results": results, "rows": rows, "models": models, "rollouts": rollouts, "leftovers": leftovers,
    }  # fmt: skip


if __name__ == "__main__":
    from redone.errors import RedoneError

    try:
        run(
            make_recipe(),
            Path(sys.argv[1]),
            Fakes(float(sys.argv[2])).workshop(),
            RunOptions(display=Display()),
        )
    except RedoneError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from error
