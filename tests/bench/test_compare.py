import json

import pytest

from redone.bench.compare import compare
from redone.bench.scoring import ScoreSettings
from redone.cli import main as cli


@pytest.fixture
def folder(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    gender = [{"content": f"c{at}", "answer": "Yes" if at % 2 else "No"} for at in range(60)]
    words = [{"question": "q", "content": "c", "answer": f"a{at}, b"} for at in range(40)]
    (data / "Note-Gender.json").write_text(json.dumps(gender))
    (data / "Note-NER.json").write_text(json.dumps(words))
    return data


def predictions(path, lines, gender, words):
    rows = [{"file": "Note-Gender", "index": at, "output": gender(at)} for at in range(60)]
    return lines(path, rows + [{"file": "Note-NER", "index": at, "output": words(at)} for at in range(40)])


SETTINGS = ScoreSettings(mode="fixed", only=("Note-Gender", "Note-NER"))


def right(at: int) -> str:
    return "Yes" if at % 2 else "No"


def test_a_seesaw_is_seen(folder, tmp_path, lines) -> None:
    left = predictions(
        tmp_path / "a.jsonl", lines, lambda at: right(at) if at < 20 else "?", lambda at: f"a{at}, b"
    )
    right_path = predictions(tmp_path / "b.jsonl", lines, right, lambda at: "b" if at < 30 else f"a{at}, b")
    found = compare("sns-bench", folder, left, right_path, SETTINGS)
    gender, words = found.tasks[1], found.tasks[0]
    assert (gender.name, gender.verdict, gender.gained, gender.lost) == ("Gender", "better", 40, 0)
    assert (words.name, words.verdict, words.gained, words.lost) == ("NER", "worse", 0, 30)
    assert found.fallen == ["NER"]
    assert gender.low < gender.value < gender.high
    assert found.overall.value == pytest.approx((gender.value + words.value) / 2)


def test_equal_models_show_no_effect(folder, tmp_path, lines) -> None:
    path = predictions(tmp_path / "a.jsonl", lines, right, lambda at: "b")
    found = compare("sns-bench", folder, path, path, SETTINGS)
    assert {task.verdict for task in found.tasks} == {"no effect shown"}
    assert (found.overall.low, found.overall.high) == (0.0, 0.0)
    assert found.changes == ()


def test_only_items_that_both_answered_are_compared(folder, tmp_path, lines) -> None:
    left = predictions(tmp_path / "a.jsonl", lines, right, lambda at: "b")
    rows = [json.loads(line) for line in left.read_text().splitlines()]
    rows[3] |= {"output": None, "problem": "timed out"}
    right_path = lines(tmp_path / "b.jsonl", rows)
    found = compare("sns-bench", folder, left, right_path, SETTINGS)
    assert [task.n for task in found.tasks] == [40, 59]
    assert any("1 items have no answer" in note for note in found.notes)


def test_the_command_takes_run_folders(folder, tmp_path, lines, capfd) -> None:
    for name, words in (("a", "b"), ("b", "x")):
        (tmp_path / name).mkdir()
        predictions(tmp_path / name / "predictions.jsonl", lines, right, lambda at, said=words: said)
    arguments = ["--suite", "sns-bench", "--only", "Note-Gender,Note-NER", "--data", str(folder)]
    assert cli.execute(["bench", "compare", str(tmp_path / "a"), str(tmp_path / "b"), *arguments]) == 0
    said = capfd.readouterr().out
    assert "tasks that fell: NER" in said
    assert "Note-NER lost: 0, 1, 2, 3, 4 ..." in said
