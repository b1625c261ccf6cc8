import json

import pytest

from redone.errors import Interrupted, UserError
from redone.recipe.ablation import expand, run_ablation
from redone.recipe.comparison import markdown, numbers
from redone.recipe.config import AblationRecipe, read_ablation, validate

BELOW = """
name: below
threads: 1
data: {kind: simulator, unseen_tasks: [path]}
stages:
  - {kind: exploratory, rl: {steps: 3, checkpoint_every: 2, optimizer: {learning_rate: 1e-3}}}
  - {kind: targeted, sft: {optimizer: {learning_rate: 1e-3}}}
  - {kind: refinement, rl: {steps: 3, checkpoint_every: 2, optimizer: {learning_rate: 1e-3}}}
"""


@pytest.fixture
def ablation(tmp_path):
    (tmp_path / "below.yaml").write_text(BELOW)
    (tmp_path / "ablation.yaml").write_text(
        """
name: trial
recipe: below.yaml
seeds: [1, 2]
set: {data.observation.wrong: 0.2, stages.exploratory.rl.steps: 4}
stages:
  - {kind: supervised, sft: {optimizer: {learning_rate: 1e-3}}}
arms:
  base: {label: base}
  sft: {stages: [supervised], label: SFT}
  rl: {stages: [exploratory]}
  full: {stages: [exploratory, targeted, refinement]}
  half:
    stages: [exploratory, targeted, refinement]
    set: {data.examples_per_task.train: 45}
compare: [[full, base], [full, sft]]
"""
    )
    return read_ablation(tmp_path / "ablation.yaml")


def test_arms_are_recipes_with_their_stages_and_settings(ablation) -> None:
    trials = list(expand(ablation))
    assert [(t.seed, t.arm) for t in trials][:6] == [
        (1, "base"), (1, "sft"), (1, "rl"), (1, "full"), (1, "half"), (2, "base"),
    ]  # fmt: skip
    full, half = trials[3].recipe, trials[4].recipe
    assert [stage.name for stage in full.stages] == ["exploratory", "targeted", "refinement"]
    assert full.stages[0].rl.steps == 4
    assert {t.recipe.data.observation.wrong for t in trials} == {0.2}
    assert half.data.examples_per_task.train == 45
    assert full.seed == 1


def test_what_arms_share_is_computed_once_and_a_second_run_computes_nothing(fake, quiet, tmp_path, ablation):
    fakes = fake.Fakes()
    comparison = run_ablation(ablation, tmp_path / "out", fakes.workshop(), quiet()[0])
    assert fakes.calls["base"] == 2, "one per seed, also for the arm with half of the examples"
    assert fakes.calls["exploratory"] == 4, "rl and full share it; half has other data"
    assert fakes.calls["supervised"] == 2
    again = fake.Fakes()
    assert run_ablation(ablation, tmp_path / "out", again.workshop(), quiet()[0]) == comparison
    assert not again.calls
    written = json.loads((tmp_path / "out/ablation.json").read_text())
    assert len(written["rows"]) == 10
    assert written["rows"][0]["stages"][0]["name"] == "base"
    text = (tmp_path / "out/comparison.md").read_text()
    assert "| SFT |" in text
    assert "full - SFT" in text


def test_an_interrupted_ablation_goes_on(fake, quiet, tmp_path, ablation) -> None:
    fakes = fake.Fakes()
    fakes.trouble = lambda name, step, context: name == "targeted" and context.stop.request()
    with pytest.raises(Interrupted):
        run_ablation(ablation, tmp_path / "out", fakes.workshop(), quiet()[0])
    assert (tmp_path / "out/comparison.md").exists(), "the table of what is done is there"
    resumed = run_ablation(ablation, tmp_path / "out", fake.Fakes().workshop(), quiet()[0])
    straight = run_ablation(ablation, tmp_path / "straight", fake.Fakes().workshop(), quiet()[0])
    for arm in straight["arms"]:
        assert resumed["arms"][arm]["greedy"] == straight["arms"][arm]["greedy"]


def test_a_wrong_arm_is_refused_before_anything_runs(tmp_path, ablation) -> None:
    plain = ablation.model_dump(mode="json")
    plain["arms"]["rl"]["stages"] = ["explore"]
    with pytest.raises(UserError, match=r"arms.rl.stages: there is no stage 'explore'"):
        list(expand(validate(AblationRecipe, plain, "x")))
    plain["arms"]["rl"] = {"set": {"sede": 1}}
    with pytest.raises(UserError, match=r"arms.rl:\s+sede: no such key; did you mean seed"):
        list(expand(validate(AblationRecipe, plain, "x")))
    plain["compare"] = [["full", "nobody"]]
    with pytest.raises(UserError, match="compare names the arm 'nobody'"):
        validate(AblationRecipe, plain, "x")
    plain["compare"], plain["seeds"] = [], [1, 1]
    with pytest.raises(UserError, match="names one twice"):
        validate(AblationRecipe, plain, "x")


def row(arm, seed, sns, general, task=None):
    suites = {"sns": {"greedy": {"score": sns, "tasks": {"path": {"score": task}}}}}
    if general is not None:
        suites["general"] = {"greedy": {"score": general, "tasks": {}}}
    costs = {"examples": 1, "prompts": 1, "tokens": 1, "steps": 1, "seconds": 1.0, "unseen_tasks": ["path"]}
    return {"arm": arm, "seed": seed, **costs, "stages": [{"suites": suites}]}


def test_means_ranges_and_paired_differences() -> None:
    rows = [row("a", 1, 40, 60, 5), row("a", 2, 50, 70, 7), row("b", 1, 30, 60), row("b", 2, 45, None)]
    found = numbers(rows, {"a": "A", "b": "B"}, [("a", "b")])
    assert found["arms"]["a"]["greedy"]["mean"] == {
        "mean": 55.0, "low": 50.0, "high": 60.0, "seeds": {"1": 50.0, "2": 60.0},
    }  # fmt: skip
    assert found["arms"]["a"]["greedy"]["unseen_tasks"]["mean"] == 6
    difference = found["differences"][0]["greedy"]
    assert difference["sns"]["seeds"] == {"1": 10.0, "2": 5.0}
    assert difference["sns"]["interval"] == {"low": -24.27, "high": 39.27}  # 7.5 -+ 12.706 * 2.5
    assert "interval" not in difference["mean"]
    assert difference["mean"]["seeds"] == {"1": 5.0}, "an unknown score is left out, never zero"
    assert "unseen_tasks" not in found["arms"]["b"]["greedy"]
    text = markdown("t", found)
    assert "| A | 45.0 (40.0 to 50.0) |" in text
    assert "| unknown |" in text
    assert "| +7.5 [-24.3, +39.3] (+10.0, +5.0) |" in text


def test_arms_may_name_stages_of_another_recipe_and_tasks_get_a_table(
    fake, quiet, tmp_path, ablation
) -> None:
    (tmp_path / "other.yaml").write_text(
        "name: other\nstages:\n  - {kind: supervised, name: step-2, sft: {optimizer: {learning_rate: 1e-4}}}\n"
    )
    text = (
        (tmp_path / "ablation.yaml")
        .read_text()
        .replace("seeds: [1, 2]", "seeds: [1]\nstages_of: [other.yaml]")
    )
    text += "tasks: [sentiment, none]\n"
    (tmp_path / "ablation.yaml").write_text(
        text.replace("sft: {stages: [supervised]", "sft: {stages: [supervised, step-2]")
    )
    more = read_ablation(tmp_path / "ablation.yaml")
    assert [stage.name for stage in list(expand(more))[1].recipe.stages] == ["supervised", "step-2"]
    options, _ = quiet()
    found = run_ablation(more, tmp_path / "out", fake.Fakes().workshop(), options)
    assert found["arms"]["sft"]["tasks"]["none"] == {"greedy": None, "sampled": None}
    (tmp_path / "other.yaml").write_text(
        "name: other\nstages: [{kind: supervised, sft: {optimizer: {learning_rate: 1e-4}}}]"
    )
    with pytest.raises(UserError, match="two stages that arms can name are called 'supervised'"):
        list(expand(more))


def test_tasks_that_nothing_is_trained_on_have_their_column() -> None:
    tasks = {"a": {"score": 10.0}, "b": {"score": 30.0}, "c": {"score": 80.0}}
    part = {"score": 40.0, "ci95": [30, 50], "tasks": tasks}
    row = {
        "arm": "x", "seed": 1, "examples": 1, "prompts": 1, "tokens": 1, "steps": 1, "seconds": 1.0,
        "unseen_tasks": ["c"], "held_out_tasks": ["a", "b"],
        "stages": [{"name": "base", "suites": {"sns": {"greedy": part, "sampled": part}}}],
    }  # fmt: skip
    found = numbers([row], {"x": "X"}, [], ["a"])
    assert found["arms"]["x"]["greedy"]["held_out_tasks"]["mean"] == 20
    assert found["arms"]["x"]["tasks"]["a"]["sampled"]["mean"] == 10
    table = markdown("t", found)
    assert "Tasks never trained" in table
    assert "## Single tasks" in table
    assert "Points, of one seed." in table
    assert "| X | 10.0 |" in table, "one seed has no range"
