import json
import shutil

import pytest

from redone.errors import UserError
from redone.report import write_report

PARTS = (
    "results.json",
    "metrics.jsonl",
    "recipe.resolved.json",
    "environment.json",
    "stages/00-base",
    "stages/01-exploratory/diagnosis.json",
    "stages/03-refinement/samples.jsonl",
    "stages/02-targeted/stage.json",
    "stages",
)


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_gives_a_smaller_page(run, part, read):
    whole = len(write_report(run).read_bytes())
    path = run / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    target = write_report(run)
    read(target)
    assert len(target.read_bytes()) < whole + 1000


def test_a_run_that_is_going_on_shows_the_stages_so_far(run, read):
    (run / "results.json").unlink()
    for name in ("02-targeted", "03-refinement"):
        shutil.rmtree(run / "stages" / name)
    text = read(write_report(run)).text
    assert "has not finished" in text
    assert "Exploratory RL" in text
    assert "What training changed" in text


def test_an_empty_folder_gives_a_page_that_says_so(tmp_path, read):
    assert "Nothing has been measured yet" in read(write_report(tmp_path)).text


def test_a_base_alone_gives_a_page(run, read, edit):
    edit(run / "results.json", lambda value: value.update(stages=value["stages"][:1]))
    shutil.rmtree(run / "stages")
    (run / "metrics.jsonl").unlink()
    assert "Only the base model" in read(write_report(run)).text


def test_no_folder_is_the_users_mistake(tmp_path):
    with pytest.raises(UserError, match="no such run folder"):
        write_report(tmp_path / "absent")


def test_damaged_lines_are_counted_and_shown(run, read):
    with (run / "metrics.jsonl").open("ab") as log:
        log.write(b'{"stage": "exploratory", "step": 3\n\xff\xfe\n[1, 2]\n\n"text"\n{"step"')
    assert "metrics.jsonl: 5 unreadable line(s)" in read(write_report(run)).text


@pytest.mark.parametrize("damage", [b"{", b"[]", b"\xff\x00", b"[" * 100_000])
@pytest.mark.parametrize("part", ["results.json", "stages/01-exploratory/diagnosis.json"])
def test_a_damaged_file_is_named_and_left_out(run, part, damage, read):
    (run / part).write_bytes(damage)
    name = "/".join(part.split("/")[1:]) or part
    assert f"{name} cannot be read" in read(write_report(run)).text


DIAGNOSIS_KEYS = (
    "score ci95 n pass_at_k kept all_zero all_one constant_answer constant_share weak reasons plan"
)
WRONG = (None, 7, "text", [], [None, 3], {}, {"a": None}, True, 1e400)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_values_of_the_wrong_kind_never_stop_the_page(run, wrong, read):
    entry = {"name": wrong, "seconds": wrong, "examples": wrong, "suites": wrong}
    part = {"score": wrong, "ci95": wrong, "tasks": wrong, "unseen_templates": wrong}
    deep = {"name": "exploratory", "suites": {"sns": {"greedy": part}, "general": {"greedy": wrong}}}
    task = {"score": wrong, "ci95": wrong, "constant": wrong, "baselines": wrong, "n": wrong}
    deeper = {"name": "b", "suites": {"sns": {"greedy": {"score": 0.5, "tasks": {"ner": task, "x": wrong}}}}}
    (run / "results.json").write_text(json.dumps({"stages": [entry, deep, deeper], "headline": wrong}))
    keys = DIAGNOSIS_KEYS.split()
    diagnosis = {"rule": wrong, "tasks": {"ner": dict.fromkeys(keys, wrong), "y": wrong}}
    stage = run / "stages" / "01-exploratory"
    (stage / "diagnosis.json").write_text(json.dumps(diagnosis))
    (stage / "stage.json").write_text(
        json.dumps(dict.fromkeys(("warnings", "notes", "kind", "steps"), wrong))
    )
    sample = dict.fromkeys(("task", "language", "prompt", "references", "output", "score"), wrong)
    for name in ("00-base", "03-refinement"):
        (run / "stages" / name / "samples.jsonl").write_text(json.dumps({**sample, "example_id": "1"}))
    row = {"stage": "exploratory", "step": 1, "loss": wrong, "kept": wrong, "reward_raw": 0.5, "tasks": wrong}
    other = {**row, "step": 2, "tasks": {"ner": wrong}}
    (run / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in (row, other, {"step": wrong})))
    read(write_report(run))
