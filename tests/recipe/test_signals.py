"""The fake run as a real process that is killed, stopped and started again."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fake_run.py")
CODE = """
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location("fake_run", sys.argv[1])
fake = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fake)
from pathlib import Path
from redone.errors import RedoneError
from redone.recipe.runner import RunOptions, run
print("ready", flush=True)
for line in sys.stdin:
    out, pause = line.split()
    child = os.fork()
    if child:
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        continue
    code = 0
    try:
        run(fake.make_recipe(), Path(out), fake.Fakes(float(pause)).workshop())
    except RedoneError as error:
        print(error, file=sys.stderr, flush=True)
        code = error.exit_code
    os._exit(code)
"""


class Nursery:
    """A process with everything imported that forks a run on demand: fresh, without the start-up."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.stderr = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE, str(SCRIPT)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr, text=True,
        )  # fmt: skip
        assert self.process.stdout.readline() == "ready\n"

    def start(self, out: Path, pause: float) -> int:
        self.process.stdin.write(f"{out} {pause}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self) -> int:
        return int(self.process.stdout.readline())

    def said(self) -> str:
        return self.log.read_text()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()
        self.stderr.close()


@pytest.fixture
def nursery(tmp_path):
    made = Nursery(tmp_path / "stderr")
    yield made
    made.close()


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.005)


def test_kill_9_at_random_moments_then_resume_equals_the_straight_run(fake, nursery, tmp_path) -> None:
    nursery.start(tmp_path / "straight", 0.0)
    assert nursery.wait() == 0
    out, rng, kills = tmp_path / "killed", random.Random(7), 0
    while kills < 20:
        pid = nursery.start(out, 0.02)
        time.sleep(rng.uniform(0.0, 0.2))
        with suppress(ProcessLookupError):  # it was faster
            os.kill(pid, signal.SIGKILL)
        if nursery.wait() == 0:
            break
        kills += 1
    nursery.start(out, 0.0)
    assert nursery.wait() == 0, nursery.said()
    assert kills >= 3, "the run was too short to be killed"
    assert fake.timeless(out) == fake.timeless(tmp_path / "straight")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_gently_and_the_run_goes_on(fake, nursery, tmp_path, number) -> None:
    out = tmp_path / "out"
    pid = nursery.start(out, 0.05)
    wait_for(out / "stages/01-exploratory/work")
    os.kill(pid, number)
    assert nursery.wait() == 3
    assert "goes on from here" in nursery.said()
    assert (out / "stages/01-exploratory/work/state.json").exists(), "it left a checkpoint"
    nursery.start(out, 0.0)
    assert nursery.wait() == 0
    nursery.start(tmp_path / "straight", 0.0)
    assert nursery.wait() == 0
    assert fake.timeless(out) == fake.timeless(tmp_path / "straight")


def test_a_second_ctrl_c_stops_at_once(nursery, tmp_path) -> None:
    out = tmp_path / "out"
    pid = nursery.start(out, 30.0)
    wait_for(out / "stages/00-base/work")
    os.kill(pid, signal.SIGINT)
    while "stopping after this step" not in nursery.said():
        time.sleep(0.01)
    os.kill(pid, signal.SIGINT)
    assert nursery.wait() == 3
    assert "stopped at once" in nursery.said()


def test_a_second_process_is_refused_and_a_lock_left_by_kill_9_is_not_in_the_way(nursery, tmp_path) -> None:
    out = tmp_path / "out"
    other = Nursery(tmp_path / "stderr-other")
    pid = nursery.start(out, 30.0)
    wait_for(out / "stages/00-base/work")
    other.start(out, 0.0)
    assert other.wait() == 2
    assert f"another process (pid {pid})" in other.said()
    os.kill(pid, signal.SIGKILL)
    nursery.wait()
    other.start(out, 0.0)
    assert other.wait() == 0
    other.close()
