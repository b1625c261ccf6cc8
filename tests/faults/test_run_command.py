"""What users do wrong and machines do to them: one clear message, exit code 2 or 1, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from redone.cli.main import execute
from redone.recipe.hashing import hash_folder

Call = Callable[..., subprocess.CompletedProcess[str]]
OUT = ("--out", "out", "--no-cache")


def cut_short(folder: Path) -> None:
    whole = (folder / "train.jsonl.gz").read_bytes()
    (folder / "train.jsonl.gz").write_bytes(whole[: len(whole) // 2])


def spoil_rows(folder: Path) -> None:
    with (folder / "dev.jsonl").open("ab") as out:
        out.write(b'{"text": "open\n' * 40)


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


MISTAKES = {
    "wrong key": (edit("recipe.yaml", "echo_examples", "eco_examples"), "did you mean base.echo_examples?"),
    "key twice": (edit("recipe.yaml", "threads: 1", "threads: 1\nthreads: 2"), "found duplicate key"),
    "no recipe": (lambda f: (f / "recipe.yaml").unlink(), "recipe.yaml: no such file"),
    "no mapping": (lambda f: (f / "toy.yaml").unlink(), "toy.yaml': cannot be read"),
    "wrong key in a mapping": (edit("toy.yaml", "licence:", "license:"), "did you mean 'licence'"),
    "no root": (edit("recipe.yaml", "mappings:", "root: nowhere\n  mappings:"), "Set root to the folder"),
    "no data file": (lambda f: (f / "test.jsonl").unlink(), "'test.jsonl': no readable file"),
    "half-written data file": (cut_short, "train.jsonl.gz': cannot be read to its end"),
    "too many faulty rows": (spoil_rows, "data.quarantine_limit"),
    "a way out of the root": (
        edit("toy.yaml", "dev.jsonl", "../dev.jsonl"),
        "Remove the leading '/' or '..'",
    ),
    "no GPU": (edit("recipe.yaml", "threads: 1", "threads: 1\ndevice: cuda"), "finds no GPU"),
    "a file in the way": (lambda f: (f / "out").write_text("mine"), "out is a file"),
    "no model": (
        edit("recipe.yaml", "  kind: tiny", "  kind: folder\n  path: nowhere"),
        "no model folder at",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_message_and_exit_code_2(small: Path, capfd, monkeypatch, mistake: str) -> None:
    monkeypatch.chdir(small)
    spoil, said = MISTAKES[mistake]
    if mistake == "no model":
        (small / "recipe.yaml").write_text(SHORT_FOLDER_BASE)
    else:
        spoil(small)
    if mistake == "no GPU":
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert execute(["run", "recipe.yaml", *OUT]) == 2
    message = " ".join(capfd.readouterr().err.split())
    assert said in message
    assert message.count("redone: ") == 1
    assert "Traceback" not in message
    assert not (small / "out").is_dir() or not list((small / "out").rglob("stage.json"))


SHORT_FOLDER_BASE = """
name: small
threads: 1
precision: float32
data:
  kind: files
  mappings: [toy.yaml]
  examples_per_task: {train: 24, dev: 8, test: 80}
  general: {train: 24, dev: 12, test: 12}
base: {kind: folder, path: nowhere}
stages:
  - {kind: exploratory, rl: {steps: 2, optimizer: {learning_rate: 1e-3}}}
"""


def test_a_real_process_ends_with_the_same_code_and_message(small: Path, redone: Call) -> None:
    cut_short(small)
    done = redone("run", small / "recipe.yaml", "--out", small / "out", "--no-cache")
    assert done.returncode == 2
    assert done.stderr.count("redone: ") == 1
    assert "It may be half-written; copy it again" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_without_a_root_files_lie_beside_their_mapping(small: Path, tmp_path_factory, monkeypatch) -> None:
    """Two mappings in two folders, each with its own data, from a recipe elsewhere and another folder."""
    from redone.recipe.config import read_recipe
    from redone.recipe.filed import filed_dataset

    other = small / "other"
    other.mkdir()
    for name in ("train.jsonl.gz", "dev.jsonl", "test.jsonl"):
        shutil.copy(small / name, other / name)
    text = (small / "toy.yaml").read_text()
    (other / "toy.yaml").write_text(text.replace("set: toy", "set: more").replace("toy_mood", "more_mood"))
    edit("recipe.yaml", "[toy.yaml]", "[toy.yaml, other/toy.yaml]")(small)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    dataset = filed_dataset(read_recipe(small / "recipe.yaml"), small / "out", sandbox=False)
    assert {"toy_mood", "more_mood"} <= set(dataset.tasks)


def test_what_a_run_could_not_use_or_learn_is_said(small: Path, capfd, monkeypatch) -> None:
    """A machine without a sandbox, a bad row, and a model whose every answer is wrong."""
    monkeypatch.chdir(small)
    monkeypatch.setattr("redone.scoring.sandbox.opening.shutil.which", lambda _: None)
    with (small / "test.jsonl").open("a") as out:
        out.write("not json\n")
    assert execute(["run", "recipe.yaml", *OUT]) == 0
    shown = " ".join("".join(capfd.readouterr()).split())
    kept = " ".join(json.loads((small / "out/dataset.json").read_text())["notes"])
    for said in (shown, kept):
        assert "no code tasks: " in said
        assert "set aside: 1 invalid JSON" in said
    rows = [json.loads(line) for line in (small / "out/metrics.jsonl").read_text().splitlines()]
    steps = [row for row in rows if row["stage"] == "exploratory" and row["kind"] == "train"]
    assert [row["trained"] for row in steps] == [0, 0], "this model knows nothing"
    assert all("with every answer at 0; no update was made" in row["diagnosis"] for row in steps)
    record = json.loads((small / "out/stages/01-exploratory/stage.json").read_text())
    assert [note for note in record["notes"] if "no update was made" in note]
    assert "no update was made" in (small / "out/report.html").read_text()


def test_changed_data_are_refused_under_finished_work(small: Path, capfd, monkeypatch) -> None:
    monkeypatch.chdir(small)
    assert execute(["run", "recipe.yaml", *OUT]) == 0
    before = hash_folder(small / "out/stages")
    with (small / "dev.jsonl").open("a") as out:
        out.write(json.dumps({"text": "one more", "mood": 1}) + "\n")
    capfd.readouterr()
    assert execute(["run", "recipe.yaml", *OUT]) == 2
    said = " ".join(capfd.readouterr().err.split())
    assert "holds work of another recipe" in said
    assert "the data or the stage order changed" in said
    assert hash_folder(small / "out/stages") == before


def test_a_cache_that_cannot_be_written_costs_the_run_nothing(small: Path, capfd, monkeypatch) -> None:
    monkeypatch.chdir(small)
    (small / "cache").write_text("a file")
    assert execute(["run", "recipe.yaml", "--out", "out", "--cache", "cache"]) == 0
    said = " ".join("".join(capfd.readouterr()).split())
    assert "base is not kept in the cache" in said
    assert (small / "out/results.json").exists()


MOUNTED = """
import subprocess, sys
from pathlib import Path
place, options, *command = sys.argv[1:]
subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
first = subprocess.run(command, capture_output=True, text=True)
print(first.returncode, " ".join(first.stderr.split()))
if options != "ro":
    out = Path(place) / "out"
    print(sorted(p.parent.name for p in out.glob("stages/*/stage.json")), (out / "results.json").exists())
    subprocess.run(["mount", "-o", "remount,size=64m", place], check=True)
    again = subprocess.run(command, capture_output=True, text=True)
    print(again.returncode, " ".join(again.stderr.split()))
    subprocess.run(["cp", "-r", str(out), sys.argv[1] + "-kept"], check=True)
"""


def in_own_mount(small: Path, options: str) -> list[str]:
    """Lines of a run in a small file system of its own; the second one after it was given more room."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare(1)")
    place = small / "place"
    place.mkdir()
    run = [sys.executable, "-m", "redone.cli.main", "run", str(small / "recipe.yaml")]
    run += ["--out", str(place / "out"), "--no-cache"]
    command = ["unshare", "-rm", sys.executable, "-c", MOUNTED, str(place), options, *run]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode and ("unshare" in done.stderr or "mount" in done.stderr):
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_read_only_folder_is_one_message(small: Path) -> None:
    (line,) = in_own_mount(small, "ro")
    assert line.startswith("2 "), line
    assert "read-only; choose another --out folder" in line
    assert line.count("redone: ") == 1


@pytest.mark.slow
@pytest.mark.parametrize("kib", [100, 180, 260, 340, 420])
def test_a_full_disk_is_one_message_and_nothing_is_lost(small: Path, kib: int) -> None:
    full, stages, again = in_own_mount(small, f"size={kib}k")
    assert full.startswith("1 "), full
    assert full.count("redone: ") == 1
    assert "the disk is full" in full
    assert "Traceback" not in full
    assert again.startswith("0 "), again
    straight = small / "straight"
    assert execute(["run", str(small / "recipe.yaml"), "--out", str(straight), "--no-cache"]) == 0
    assert hash_folder(small / "place-kept/model") == hash_folder(straight / "model"), stages


def test_a_second_process_is_refused_and_the_first_goes_on(small: Path, redone: Call) -> None:
    out = small / "out"
    command = [sys.executable, "-m", "redone.cli.main", "run", str(small / "recipe.yaml")]
    first = subprocess.Popen(
        [*command, "--out", str(out), "--no-cache"], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 200
    while not ((out / ".lock").exists() and (out / ".lock").read_text().strip()):
        assert first.poll() is None, first.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # Held still, so that it is there however long the second one takes to start.
    os.kill(first.pid, signal.SIGSTOP)
    (out / "at-work.partial").write_text("what the first one is writing")
    try:
        second = redone("run", small / "recipe.yaml", "--out", out, "--no-cache")
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert (out / "at-work.partial").exists()
    assert second.returncode == 2
    assert f"another process (pid {first.pid}) is running there" in " ".join(second.stderr.split())
    assert second.stderr.count("redone: ") == 1
    _, said = first.communicate(timeout=300)
    assert first.returncode == 0, said
    assert json.loads((out / "results.json").read_text())["stages"]
