import json

import pytest

from redone.cli import main as cli


def run(capfd, *arguments):
    code = cli.execute(["bench", *map(str, arguments)])
    captured = capfd.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("command", ["list", "score", "compare", "leaderboard", "guard", "run"])
def test_every_command_explains_itself_with_an_example(command, capsys) -> None:
    assert cli.execute(["bench", command, "--help"]) == 0
    said = capsys.readouterr().out
    assert "Example" in said
    assert f"redone bench {command}" in said


def test_a_result_is_pure_json_and_the_licence_is_said(made, gold, lines, tmp_path, capfd) -> None:
    path = lines(tmp_path / "p.jsonl", gold("sns-bench"))
    code, out, said = run(
        capfd,
        "score",
        "sns-bench",
        "--data",
        made,
        "--predictions",
        path,
        "--scoring",
        "fixed",
        "--json",
        "-",
    )
    assert code == 0
    assert "CC BY-NC-SA 4.0" in said
    result = json.loads(out)
    assert result["score"] == pytest.approx(100.0)
    assert set(result["tasks"]) == {
        "Taxonomy", "Hashtag", "QueryCorr", "MRC", "NER", "Gender", "CHLW", "QueryGen",
    }  # fmt: skip
    chlw = result["files"]["Note-CHLW"]
    assert chlw["baselines"]["always []"] == 0.0
    assert chlw["ci95"] == [100.0, 100.0]
    assert len([note for note in result["notes"] if "documented are" in note]) == 12


def test_paper_mode_shows_the_ceiling(made, gold, lines, tmp_path, capfd) -> None:
    path = lines(tmp_path / "p.jsonl", gold("sns-bench"))
    code, out, _ = run(
        capfd, "score", "sns-bench", "--data", made, "--predictions", path, "--scoring", "paper"
    )
    assert code == 0
    assert "gold itself 50.00" in out
    assert "mean of 8 tasks" in out


def test_averages_can_be_chosen(made, gold, lines, tmp_path, capfd) -> None:
    path = lines(tmp_path / "p.jsonl", gold("sns-bench"))
    scores = {}
    for average in ("tasks", "files", "items"):
        arguments = ["score", "sns-bench", "--data", made, "--predictions", path, "--scoring", "paper"]
        code, out, _ = run(capfd, *arguments, "--average", average, "--json", "-")
        assert code == 0
        scores[average] = json.loads(out)["score"]
    assert len(set(scores.values())) == 3


def test_one_file_alone(made, gold, lines, tmp_path, capfd) -> None:
    path = lines(tmp_path / "p.jsonl", gold("sns-bench"))
    for name in (["sns-bench", "--only", "Note-NER"], ["Note-NER", "--scoring", "paper"]):
        rows = gold("Note-NER") if name[0] == "Note-NER" else None
        own = lines(tmp_path / "own.jsonl", rows) if rows else path
        code, out, _ = run(capfd, "score", *name, "--data", made, "--predictions", own, "--json", "-")
        assert code == 0
        assert set(json.loads(out)["files"]) == {"Note-NER"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (["--scoring", "papre"], "choose from paper, fixed"),
        (["--average", "x"], "choose from tasks, files, items"),
        (["--only", "Note-NRE"], "'Note-NER'"),
        (["--data", "nowhere"], "no such folder"),
    ],
)
def test_wrong_options_are_the_users_mistake(change, said, made, gold, lines, tmp_path, capfd) -> None:
    path = lines(tmp_path / "p.jsonl", gold("sns-bench"))
    code, out, err = run(capfd, "score", "sns-bench", "--data", made, "--predictions", path, *change)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_an_unknown_suite_names_the_nearest(made, tmp_path, capfd) -> None:
    code, _, err = run(capfd, "score", "sns-benhc", "--data", made, "--predictions", tmp_path / "p")
    assert code == 2
    assert "'sns-bench'" in err


def test_incomplete_predictions_are_refused(made, gold, lines, tmp_path, capfd) -> None:
    rows = gold("sns-bench")
    path = lines(tmp_path / "p.jsonl", [*rows[1:], rows[-1]])
    code, _, err = run(capfd, "score", "sns-bench", "--data", made, "--predictions", path)
    assert code == 2
    assert f"line {len(rows)}" in err


def test_too_many_items_without_an_answer_give_no_score(made, gold, lines, tmp_path, capfd) -> None:
    rows = [row | {"output": None, "problem": "refused"} for row in gold("Note-Gender")]
    path = lines(tmp_path / "p.jsonl", rows)
    code, _, err = run(capfd, "score", "Note-Gender", "--data", made, "--predictions", path)
    assert code == 2
    assert "2 of 2 items have no answer" in err


def test_the_list_says_what_is_there_and_how_to_get_the_rest(made, capfd) -> None:
    code, out, _ = run(capfd, "list", "--data", made, "--json", "-")
    assert code == 0
    rows = {row["id"]: row for row in json.loads(out)}
    assert len(rows) == 34
    assert rows["Note-NER"]["items"] == 1
    assert "documented are 517" in rows["Note-NER"]["remark"]
    assert rows["gsm8k"]["items"] is None
    assert "grade-school-math" in rows["gsm8k"]["remark"]


def test_the_leaderboard_marks_published_rows(made, gold, lines, tmp_path, capfd) -> None:
    path = lines(tmp_path / "p.jsonl", gold("sns-transbench"))
    code, out, _ = run(
        capfd, "leaderboard", "sns-transbench", "--data", made, "--predictions", path, "--name", "ours"
    )
    assert code == 0
    table = [line for line in out.splitlines() if " p" in line[-40:] or "*" in line]
    assert table[0].startswith("ours")
    assert "cells average 43.41" in next(line for line in table if line.startswith("Qwen3-30B-A3B "))
