import errno
import json

import pytest

from redone.errors import Interrupted, RedoneError, UserError
from redone.recipe.runner import run

STAGES = ("base", "exploratory", "targeted", "refinement")


@pytest.fixture
def straight(fake, quiet, tmp_path):
    run(fake.make_recipe(), tmp_path / "straight", fake.Fakes().workshop(), quiet()[0])
    return tmp_path / "straight"


def test_a_run_leaves_the_files_that_other_programs_rely_on(straight) -> None:
    for name in (
        "recipe.resolved.json",
        "environment.json",
        "metrics.jsonl",
        "results.json",
        "model/weights.txt",
    ):
        assert (straight / name).is_file(), name
    for index, name in enumerate(STAGES):
        folder = straight / "stages" / f"{index:02d}-{name}"
        assert {p.name for p in folder.iterdir()} == {
            "model",
            "stage.json",
            "evaluation.json",
            "samples.jsonl",
        }
        record = json.loads((folder / "stage.json").read_text())
        assert record["name"] == name
        assert set(record) >= {
            "kind", "config_sha256", "input_sha256", "artifact_sha256",
            "seconds", "examples", "prompts", "tokens", "steps", "notes", "warnings",
        }  # fmt: skip
        assert (straight / "rollouts" / f"{index:02d}-{name}.parquet").is_file()
    results = json.loads((straight / "results.json").read_text())
    assert results["schema"] == 1
    assert results["headline"] == "sampled"
    assert [stage["name"] for stage in results["stages"]] == list(STAGES)
    assert set(results["stages"][0]) >= {"seconds", "examples", "prompts", "tokens", "suites"}
    assert (straight / "model/weights.txt").read_text() == (
        straight / "stages/03-refinement/model/weights.txt"
    ).read_text()


def test_a_finished_run_is_skipped_without_touching_the_data(fake, quiet, straight) -> None:
    fakes = fake.Fakes()
    before = fake.timeless(straight)
    summary = run(fake.make_recipe(), straight, fakes.workshop(), quiet()[0])
    assert not fakes.calls
    assert set(summary.how.values()) == {"kept"}
    assert fake.timeless(straight) == before


@pytest.mark.parametrize(
    "where", [("base", 1), ("exploratory", 5), ("targeted", 4), ("evaluate targeted", 0)]
)
def test_a_stopped_run_goes_on_and_ends_like_a_straight_one(fake, quiet, straight, tmp_path, where) -> None:
    fakes, out = fake.Fakes(), tmp_path / "stopped"

    def stop(name, step, context) -> None:
        if (name, step) == where:
            context.stop.request()

    fakes.trouble = stop
    with pytest.raises(Interrupted):
        run(fake.make_recipe(), out, fakes.workshop(), quiet()[0])
    assert not (out / "results.json").exists()
    run(fake.make_recipe(), out, fake.Fakes().workshop(), quiet()[0])
    assert fake.timeless(out) == fake.timeless(straight)


def test_a_crash_between_checkpoints_leaves_no_double_rows(fake, quiet, straight, tmp_path) -> None:
    out = tmp_path / "crashed"
    for step in (2, 4, 5, 7):
        fakes = fake.Fakes()

        def crash(name, at, context, step=step) -> None:
            if (name, at) == ("refinement", step):
                raise MemoryError

        fakes.trouble = crash
        with pytest.raises(MemoryError):
            run(fake.make_recipe(), out, fakes.workshop(), quiet()[0])
    run(fake.make_recipe(), out, fake.Fakes().workshop(), quiet()[0])
    assert fake.timeless(out) == fake.timeless(straight)


def test_a_change_of_a_later_stage_reruns_only_from_there(fake, quiet, straight) -> None:
    fakes = fake.Fakes()
    options, said = quiet()
    summary = run(fake.make_recipe(stages__targeted__sft__epochs=6), straight, fakes.workshop(), options)
    assert summary.how == {
        "base": "kept", "exploratory": "kept", "targeted": "computed", "refinement": "computed",
    }  # fmt: skip
    assert "stages.targeted.sft.epochs: 5 -> 6" in said.getvalue()
    assert "02-targeted" in said.getvalue()


def test_a_change_of_everything_is_refused_with_a_diff_unless_restart(fake, quiet, straight) -> None:
    recipe = fake.make_recipe(seed=5, base__hidden=64)
    with pytest.raises(UserError, match=r"seed: 0 -> 5[\s\S]*base.hidden: 192 -> 64[\s\S]*--restart"):
        run(recipe, straight, fake.Fakes().workshop(), quiet()[0])
    assert (straight / "results.json").exists(), "a refusal changes nothing"
    summary = run(recipe, straight, fake.Fakes().workshop(), quiet(restart=True)[0])
    assert set(summary.how.values()) == {"computed"}


def test_changed_settings_of_a_half_finished_stage_are_refused(fake, quiet, tmp_path) -> None:
    fakes, out = fake.Fakes(), tmp_path / "half"
    fakes.trouble = lambda name, step, context: (name, step) == ("exploratory", 3) and context.stop.request()
    with pytest.raises(Interrupted):
        run(fake.make_recipe(), out, fakes.workshop(), quiet()[0])
    with pytest.raises(UserError, match=r"01-exploratory.*\n.*rl.steps: 7 -> 8"):
        run(fake.make_recipe(stages__exploratory__rl__steps=8), out, fake.Fakes().workshop(), quiet()[0])
    run(fake.make_recipe(stages__targeted__sft__epochs=9), out, fake.Fakes().workshop(), quiet()[0])


def test_changed_input_data_are_refused_under_resume(fake, quiet, straight) -> None:
    fakes = fake.Fakes()
    fakes.inputs = {"mapping.yaml": "other"}
    with pytest.raises(UserError, match="the data or the stage order changed"):
        run(fake.make_recipe(), straight, fakes.workshop(), quiet()[0])


def test_measuring_otherwise_trains_nothing(fake, quiet, straight) -> None:
    fakes = fake.Fakes()
    changes = {
        "evaluation__samples": 4,
        "data__examples_per_task__test": 200,
        "evaluation__items_per_task": 200,
    }
    run(fake.make_recipe(**changes), straight, fakes.workshop(), quiet()[0])
    assert fakes.calls == {"prepare": 1, **{f"evaluate {name}": 1 for name in STAGES}}


def test_showing_otherwise_measures_nothing(fake, quiet, straight) -> None:
    fakes = fake.Fakes()
    run(fake.make_recipe(evaluation__headline="greedy"), straight, fakes.workshop(), quiet()[0])
    assert not fakes.calls
    assert json.loads((straight / "results.json").read_text())["headline"] == "greedy"


@pytest.mark.parametrize("damage", ["flip", "truncate", "delete"])
def test_a_damaged_model_is_named_and_computed_again(fake, quiet, straight, damage) -> None:
    before = fake.timeless(straight)
    weights = straight / "stages/01-exploratory/model/weights.txt"
    if damage == "delete":
        weights.unlink()
    else:
        text = weights.read_text()
        weights.write_text("x" + text[1:] if damage == "flip" else text[:10])
    fakes = fake.Fakes()
    options, said = quiet()
    run(fake.make_recipe(), straight, fakes.workshop(), options)
    assert "01-exploratory/model is damaged" in said.getvalue()
    assert fakes.calls["exploratory"] == 1
    assert fakes.calls["targeted"] == 0, "the same model came out, so later stages still fit"
    assert fake.timeless(straight)["models"] == before["models"]


def test_a_full_disk_is_one_message_and_the_run_resumes(fake, quiet, straight, tmp_path) -> None:
    fakes, out = fake.Fakes(), tmp_path / "full"

    def full(name, step, context) -> None:
        if (name, step) == ("targeted", 3):
            raise OSError(errno.ENOSPC, "No space left on device", "state.json")

    fakes.trouble = full
    with pytest.raises(RedoneError, match="disk is full") as caught:
        run(fake.make_recipe(), out, fakes.workshop(), quiet()[0])
    assert caught.value.exit_code == 1
    run(fake.make_recipe(), out, fake.Fakes().workshop(), quiet()[0])
    assert fake.timeless(out) == fake.timeless(straight)


def test_a_stage_without_a_model_is_our_fault(fake, quiet, tmp_path) -> None:
    workshop = fake.Fakes().workshop()
    workshop.stages["tiny"] = lambda context: fake.StageOutcome()
    with pytest.raises(RedoneError, match="base left no model"):
        run(fake.make_recipe(), tmp_path / "out", workshop, quiet()[0])


def test_a_cost_to_general_ability_is_said_loudly(fake, quiet, straight) -> None:
    results = json.loads((straight / "results.json").read_text())
    scores = [stage["suites"]["general"]["greedy"]["score"] for stage in results["stages"]]
    for before, after, stage in zip(scores, scores[1:], results["stages"][1:], strict=False):
        warned = any("costs general ability" in w for w in stage.get("warnings", []))
        assert warned == (before - after > 1.0 or (before - after) / 2 > 1.0)


def test_a_base_model_is_shared_through_the_cache(fake, quiet, tmp_path, straight) -> None:
    cache = tmp_path / "cache"
    run(fake.make_recipe(), tmp_path / "one", fake.Fakes().workshop(), quiet(cache=cache)[0])
    fakes = fake.Fakes()
    summary = run(fake.make_recipe(), tmp_path / "two", fakes.workshop(), quiet(cache=cache)[0])
    assert summary.how["base"] == "cached"
    assert summary.how["exploratory"] == "computed"
    assert fake.timeless(tmp_path / "two") == fake.timeless(straight)


def test_a_damaged_cache_entry_is_made_again(fake, quiet, tmp_path) -> None:
    cache = tmp_path / "cache"
    run(fake.make_recipe(), tmp_path / "one", fake.Fakes().workshop(), quiet(cache=cache)[0])
    (entry,) = cache.iterdir()
    (entry / "stage/model/weights.txt").write_text("bad")
    summary = run(fake.make_recipe(), tmp_path / "two", fake.Fakes().workshop(), quiet(cache=cache)[0])
    assert summary.how["base"] == "computed"
    assert (entry / "stage/model/weights.txt").read_text() != "bad"


def test_a_shorter_recipe_drops_the_stages_that_it_lost(fake, quiet, straight) -> None:
    whole = fake.make_recipe()
    short = whole.model_copy(update={"stages": whole.stages[:2]})
    options, said = quiet()
    run(short, straight, fake.Fakes().workshop(), options)
    assert "03-refinement" in said.getvalue()
    assert sorted(p.name for p in (straight / "stages").iterdir()) == [
        "00-base",
        "01-exploratory",
        "02-targeted",
    ]
    rows = [json.loads(line) for line in (straight / "metrics.jsonl").read_text().splitlines()]
    assert {row["stage"] for row in rows} == {"base", "exploratory", "targeted"}


def test_links_and_files_in_the_way_are_refused(fake, quiet, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        run(fake.make_recipe(), tmp_path / "file", fake.Fakes().workshop(), quiet()[0])
    out = tmp_path / "out"
    out.mkdir()
    (out / "metrics.jsonl").symlink_to(tmp_path / "file")
    with pytest.raises(UserError, match="is a link"):
        run(fake.make_recipe(), out, fake.Fakes().workshop(), quiet()[0])
    assert (tmp_path / "file").read_text() == ""


def test_a_base_model_that_lies_elsewhere_is_used_there_and_watched(fake, quiet, tmp_path) -> None:
    model = tmp_path / "real"
    model.mkdir()
    (model / "weights.txt").write_text("ab" * 32)
    workshop = fake.Fakes().workshop()
    workshop.stages["folder"] = lambda context: fake.StageOutcome(artifact=model)
    recipe = fake.make_recipe(base__kind="folder", base__path=str(model))
    options = quiet(cache=tmp_path / "cache")[0]
    run(recipe, tmp_path / "out", workshop, options)
    assert not (tmp_path / "out/stages/00-base/model").exists()
    first = (tmp_path / "out/model/weights.txt").read_text()
    (model / "weights.txt").write_text("cd" * 32)
    summary = run(recipe, tmp_path / "out", workshop, options)
    assert set(summary.how.values()) == {"computed"}
    assert (tmp_path / "out/model/weights.txt").read_text() != first


def test_another_library_version_under_a_half_finished_stage_is_said(fake, quiet, tmp_path) -> None:
    fakes, out = fake.Fakes(), tmp_path / "out"
    fakes.trouble = lambda name, step, context: (name, step) == ("base", 3) and context.stop.request()
    with pytest.raises(Interrupted):
        run(fake.make_recipe(), out, fakes.workshop(), quiet()[0])
    begun = out / "stages/00-base/begun.json"
    state = json.loads(begun.read_text())
    state["versions"]["torch"] = "1.0"
    begun.write_text(json.dumps(state))
    options, said = quiet()
    run(fake.make_recipe(), out, fake.Fakes().workshop(), options)
    assert "base began with torch 1.0" in said.getvalue()
    record = json.loads((out / "stages/00-base/stage.json").read_text())
    assert "torch 1.0" in record["warnings"][0]


def test_a_stage_that_failed_before_its_first_checkpoint_holds_nothing_back(fake, quiet, tmp_path) -> None:
    fakes, out = fake.Fakes(), tmp_path / "out"

    def fail(name, step, context) -> None:
        if (name, step) == ("exploratory", 1):
            raise MemoryError

    fakes.trouble = fail
    with pytest.raises(MemoryError):
        run(fake.make_recipe(), out, fakes.workshop(), quiet()[0])
    options, said = quiet()
    short = fake.make_recipe()
    short = short.model_copy(update={"stages": short.stages[1:]})
    run(short, out, fake.Fakes().workshop(), options)
    assert "stages.exploratory: gone" in said.getvalue()
    assert sorted(p.name for p in (out / "stages").iterdir()) == ["00-base", "01-targeted", "02-refinement"]


def test_one_of_several_processes_without_the_others_is_refused_before_anything_is_written(
    fake, quiet, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    options, _ = quiet()
    with pytest.raises(
        UserError, match="WORLD_SIZE is set and RANK is not; start several processes with torchrun"
    ):
        run(fake.make_recipe(), tmp_path / "run", fake.Fakes().workshop(), options)
    assert not (tmp_path / "run").exists()
    monkeypatch.setenv("WORLD_SIZE", "1")
    run(fake.make_recipe(), tmp_path / "run", fake.Fakes().workshop(), options)
