import json
import subprocess
import sys
from pathlib import Path

import pytest

from redone.cli import main as cli
from redone.errors import Interrupted, RedoneError, UserError

ROOT = Path(__file__).parents[2]
NANO = str(ROOT / "recipes/redone-2-nano.yaml")


def test_help_loads_no_model_library() -> None:
    code = (
        "import sys\nfrom redone.cli.main import execute\nexecute(['--help'])\n"
        "print({'torch', 'transformers', 'polars', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("set()")


@pytest.mark.parametrize("command", ["run", "ablate", "doctor", "tasks list", "tasks show", "tasks preview"])
def test_every_command_explains_itself_with_an_example(command, capsys) -> None:
    assert cli.execute([*command.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert "Example" in said
    assert f"redone {command}" in said


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["runn"], "Did you mean 'run'"),
        (["run"], "Missing argument"),
        (["run", NANO], "Missing option '--out'"),
        (["run", "nope.yaml", "--out", "x"], "nope.yaml: no such file"),
        (["run", NANO, "--out", "x", "--set", "sede=1"], "did you mean seed?"),
        (["run", NANO, "--out", "x", "--set", "seed"], "write KEY=VALUE"),
        (["ablate", NANO, "--out", "x"], "no such key"),
        (["tasks", "show", "sentimnt"], "'sentiment'"),
        (["tasks", "list", "--suite", "x"], "choose from sns, translation, general"),
    ],
)
def test_wrong_input_is_one_message_and_exit_code_2(arguments, answer, capfd, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.execute(arguments) == 2
    said = " ".join(capfd.readouterr().err.split())
    assert answer in said
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir()), "nothing was written"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("bad"), 2),
        (RedoneError("bad"), 1),
        (Interrupted("bad"), 3),
        (KeyboardInterrupt(), 3),
        (ZeroDivisionError("bad"), 1),
        (BrokenPipeError(), 0),
    ],
)
def test_errors_become_exit_codes(error, code, monkeypatch, capfd) -> None:
    def fail(**_) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    monkeypatch.setattr(cli.os, "dup2", lambda *_: None)
    assert cli.execute([]) == code
    said = capfd.readouterr().err
    assert "Traceback" not in said
    if isinstance(error, ZeroDivisionError):
        assert "unexpected ZeroDivisionError: bad" in said
        assert "test_commands.py" in said


def test_a_recipe_can_be_checked_without_a_run(capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.execute(["run", NANO, "--out", "x", "--check"]) == 0
    assert "base -> exploratory -> targeted -> refinement" in capsys.readouterr().out
    ablation = str(ROOT / "recipes/ablation-nano.yaml")
    assert cli.execute(["ablate", ablation, "--out", "x", "--check"]) == 0
    assert "7 arms x 3 seeds = 21 runs" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_catalogue_can_be_looked_at(capsys) -> None:
    assert cli.execute(["tasks", "list"]) == 0
    assert "sentiment" in capsys.readouterr().out
    assert cli.execute(["tasks", "show", "sentiment"]) == 0
    assert "prompt zh 1" in capsys.readouterr().out
    for task in ("sentiment", "arithmetic"):
        assert cli.execute(["tasks", "preview", task, "--count", "2"]) == 0
        said = capsys.readouterr().out
        assert said.count("references:") == 2


@pytest.mark.parametrize(
    "command",
    [
        "experiment plan --metric advertiser_value --baseline 0.1 --out {file}/design.json",
        "bench export lm-eval --out {file} --items 1",
        "tasks list --json {file}/x",
    ],
)
def test_a_file_where_a_folder_should_be_is_told(capsys, tmp_path, command) -> None:
    (tmp_path / "taken").write_text("x")
    assert cli.execute(command.format(file=tmp_path / "taken").split()) == 2
    assert str(tmp_path / "taken") in capsys.readouterr().err
    assert (tmp_path / "taken").read_text() == "x"


def test_doctor_refuses_a_file_as_a_folder(capsys, tmp_path) -> None:
    (tmp_path / "taken").write_text("x")
    assert cli.execute(["doctor", "--json", "--out", str(tmp_path / "taken" / "runs")]) == 1
    findings = {f["name"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert "is no folder" in findings["disk"]["seen"]


def test_doctor_says_what_follows(capsys, tmp_path) -> None:
    assert cli.execute(["doctor", "--json", "--out", str(tmp_path)]) == 0
    findings = {f["name"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert set(findings) == {"processor", "load", "bfloat16", "disk", "versions", "gpu", "sandbox"}
    assert all(f["follows"] and f["seen"] for f in findings.values())
