"""The hostile suite (fault 24): what an answer may try, and what it must find. Needs bubblewrap."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from redone.scoring.sandbox import Sandbox, SandboxLimits, SandboxResult, opening
from redone.scoring.sandbox.bubblewrap import BubblewrapSandbox
from redone.scoring.sandbox.interpreter import Interpreter, interpreters
from redone.scoring.sandbox.self_check import ATTACKS, find_weakness

# Attacks that must meet an error; each prints "open" if it gets through.
REFUSED = {
    "network": "import socket; socket.create_connection(('1.1.1.1', 80), timeout=1)",
    "loopback": "import socket; socket.create_connection(('127.0.0.1', 22), timeout=1)",
    "metadata address": "import socket; socket.create_connection(('169.254.169.254', 80), timeout=1)",
    "name service": "import socket; socket.getaddrinfo('example.org', 80)",
    "unix socket": "import socket; socket.socket(socket.AF_UNIX)",
    "password file": "open('/etc/passwd')",
    "shadow file": "open('/etc/shadow')",
    "proc of the guard": "open('/proc/1/environ')",
    "own proc": "open('/proc/self/mem')",
    "home": "import os; os.listdir('/root'); os.listdir('/home')",
    "home of the user": f"import os; os.listdir({str(Path.home())!r})",
    "our source": f"open({str(Path(__file__).resolve())!r})",
    "devices": "open('/dev/urandom', 'rb')",
    "shared memory folder": "open('/dev/shm/x', 'w')",
    "file in /tmp": "open('/tmp/x', 'w')",
    "folder in /tmp": "import os; os.mkdir('/tmp/x')",
    "file in /": "open('/x', 'w')",
    "file in /usr": "open('/usr/lib/x', 'w')",
    "patching the standard library": "import json; open(json.__file__, 'a')",
    "fork": "import os; os.fork() or os._exit(0)",
    "threads": "import threading; threading.Thread(target=print).start()",
    "subprocess": "import subprocess; subprocess.run(['/usr/bin/true'])",
    "a large file in memory": "import os; os.write(os.memfd_create('x'), b'1' * 10**6)",
    "raising a limit": "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (100, 100))",
    "becoming root": "import os; os.setuid(0) or os.setgid(0) or open('/etc/passwd')",
    "changing the root": "import os; os.chroot('/usr')",
    "host name": "import socket; socket.sethostname('mine')",
    "inherited descriptors": "import os; [os.write(fd, b'x') for fd in range(3, 256)]",
    "a library of ours": "import torch",
    "this project": "import redone",
}
# System calls by ctypes, which must give -1.
CALLS = {
    "user namespace": "libc.unshare(0x10000000)",
    "mount namespace": "libc.unshare(0x00020000)",
    "mount": "libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)",
    "ptrace of the guard": "libc.ptrace(16, 1, 0, 0)",
    "shared memory segment": "libc.shmget(0x5ec, 4096, 0o1666)",
    "message queue": "libc.msgget(0x5ec, 0o1666)",
    "keyring": "libc.syscall(250 if machine == 'x86_64' else 219, 1, 0)",
    "io_uring": "libc.syscall(425, 8, 0)",
    "bpf": "libc.syscall(321 if machine == 'x86_64' else 280, 0, 0, 0)",
    "clone into a namespace": "libc.syscall(56 if machine == 'x86_64' else 220, 0x10000000 | 17, 0, 0, 0, 0)",
}


def one(sandbox: Sandbox, program: str) -> SandboxResult:
    return sandbox.run_many([program])[0]


def test_programs_run_and_say_what_they_print(sandbox: Sandbox) -> None:
    results = sandbox.run_many(
        ["print(1 + 1)", "print('今天😀')", "", "import json, re, math, collections\nprint(3)"]
    )
    assert [(result.status, result.stdout) for result in results] == [
        ("ok", "2\n"), ("ok", "今天😀\n"), ("ok", ""), ("ok", "3\n"),
    ]  # fmt: skip


def test_results_keep_their_order_over_many_programs_and_workers(sandbox: Sandbox) -> None:
    programs = [f"print({n})" if n % 7 else "1 / 0" for n in range(100)]
    results = sandbox.run_many(programs)
    expected = [("ok", f"{n}\n") if n % 7 else ("failed", "") for n in range(100)]
    assert [(result.status, result.stdout) for result in results] == expected


def test_refused_attempts(sandbox: Sandbox) -> None:
    programs = [
        f"try:\n    {attempt}\nexcept Exception:\n    print('held')\nelse:\n    print('open')"
        for attempt in REFUSED.values()
    ]
    results = sandbox.run_many(programs)
    got_through = {
        name: result for name, result in zip(REFUSED, results, strict=True) if result.stdout != "held\n"
    }
    assert not got_through


def test_refused_system_calls(sandbox: Sandbox) -> None:
    setup = "import ctypes, platform\nlibc = ctypes.CDLL(None)\nmachine = platform.machine()\n"
    results = sandbox.run_many([f"{setup}print({call})" for call in CALLS.values()])
    got_through = {
        name: result for name, result in zip(CALLS, results, strict=True) if result.stdout != "-1\n"
    }
    assert not got_through


def test_no_environment_and_no_other_process(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    result = one(sandbox, "import os\nprint(sorted(os.environ), os.getppid())")
    assert "SECRET" not in result.stdout
    assert result.stdout.endswith(" 1\n")


@pytest.mark.parametrize(
    ("program", "status"),
    [
        ("while True: pass", "timeout"),
        ("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", "timeout"),
        ("bytearray(2 ** 31)", "memory"),
        ("items = []\nwhile True: items.append('x' * 10 ** 6)", "memory"),
        ("while True: print('x' * 1000)", "output-limit"),
        ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "output-limit"),
        ("print('x' * 10 ** 8)", "output-limit"),
        ("def f(): f()\nf()", "failed"),
        ("import os\nos.kill(os.getpid(), 9)", "failed"),
        ("import os\nos.kill(os.getpid(), 11)", "failed"),
        ("import sys\nsys.exit(3)", "failed"),
        ("import sys\nsys.exit('word')", "failed"),
        ("x = (", "failed"),
        ("\0", "failed"),
        ("import os\nos._exit(0)", "ok"),
        ("import sys\nsys.exit()", "ok"),
        ("import sys\nsys.stdout = None", "failed"),
        ("import sys\nsys.stdout.close()", "failed"),
        ("class E(BaseException):\n    def __str__(self): raise self\nraise E", "failed"),
    ],
)
def test_how_programs_end(sandbox: Sandbox, program: str, status: str) -> None:
    assert one(sandbox, program).status == status


def test_endless_recursion_ends(sandbox: Sandbox) -> None:
    deep = "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): f()\nf()"
    results = sandbox.run_many([deep, "print(1)"])
    assert results[0].status in ("failed", "memory", "timeout")
    assert results[1].status == "ok"


def test_sleepers_are_stopped_even_if_they_ignore_signals() -> None:
    sleeper = (
        "import signal, time\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\ntime.sleep(60)"
    )
    results = small_sandbox(wall_seconds=0.3).run_many([sleeper, "print(1)"])
    assert [result.status for result in results] == ["timeout", "ok"]


def test_daemons_are_ended_with_their_program() -> None:
    """With processes allowed, a program that detaches neither holds up the result nor lives on."""
    daemon = (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    os.fork()\n    time.sleep(60)\n"
        "print('left')"
    )
    count = (
        "import os\nn = 0\nfor pid in range(2, 200):\n    try: os.kill(pid, 0)\n"
        "    except OSError: continue\n    n += 1\nprint(n)"
    )
    results = small_sandbox(wall_seconds=10, processes=20).run_many([daemon, count])
    assert [result.stdout for result in results] == ["left\n", "1\n"]


def test_a_fork_bomb_meets_its_limit() -> None:
    bomb = "import os\nwhile True: os.fork()"
    results = small_sandbox(wall_seconds=2, processes=20).run_many([bomb, "print(1)"])
    assert results[0].status in ("failed", "timeout", "output-limit")
    assert results[1] == SandboxResult("ok", "1\n")


def test_killing_everything_hurts_only_oneself(sandbox: Sandbox) -> None:
    attack = "import os, signal\nos.kill(1, 9)\nos.kill(1, 19)\nos.kill(-1, 9)\nos.kill(0, 9)"
    results = sandbox.run_many(["print(1)", attack, "print(2)"])
    assert [result.status for result in results] == ["ok", "failed", "ok"]


def test_a_program_leaves_nothing_for_the_next(sandbox: Sandbox) -> None:
    leave = "import builtins, sys, math\nbuiltins.left = math.left = sys.left = 1\nprint('ok')"
    find = "import builtins, sys, math\nprint([m for m in (builtins, math, sys) if hasattr(m, 'left')])"
    assert sandbox.run_many([leave, find])[1].stdout == "[]\n"


def test_a_program_finds_no_other_answer(sandbox: Sandbox) -> None:
    """Neither the earlier ones nor those that wait are in its memory or its streams."""
    search = (
        "import gc, sys\n"
        "texts = [o for o in gc.get_objects() if isinstance(o, (list, tuple, dict))]\n"
        "frame = sys._getframe()\n"
        "while frame: texts.append(frame.f_locals); frame = frame.f_back\n"
        "print('neighbo' + chr(117) + 'r' in repr(texts), sys.stdin.read() == '')"
    )
    results = sandbox.run_many(["x = 'neighbour'", search, "y = 'neighbour'"])
    assert results[1].stdout == "False True\n"


def test_results_cannot_be_forged(sandbox: Sandbox) -> None:
    """A frame written to every descriptor stays the program's own output."""
    forge = (
        'import os\nframe = b\'{"status": "ok", "stdout": "forged", "detail": ""}\'\n'
        "data = len(frame).to_bytes(4, 'big') + frame\n"
        "for fd in range(64):\n    try: os.write(fd, data)\n    except OSError: pass\nos._exit(1)"
    )
    results = sandbox.run_many([forge, "print('next')"])
    assert results[0].status == "failed"
    assert results[1] == SandboxResult("ok", "next\n")


def test_the_order_of_a_set_is_the_same_in_every_launch(sandbox: Sandbox) -> None:
    program = "print({'a', 'b', 'c', 'd', 'e', 'f'})"
    assert len({one(sandbox, program).stdout for _ in range(4)}) == 1


def test_nothing_outlives_the_sandbox() -> None:
    small_sandbox(wall_seconds=0.2).run_many(["while True: pass", "print(1)"])
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    names = [Path(f"/proc/{pid}/comm").read_text().strip() for pid in children]
    assert "bwrap" not in names


def test_a_killed_trainer_takes_its_sandbox_with_it() -> None:
    need_bwrap()
    marker = 256 * 2**20 + os.getpid()
    script = (
        "from redone.scoring.sandbox import *\nfrom redone.scoring.sandbox.bubblewrap import *\n"
        "from redone.scoring.sandbox.interpreter import interpreters\n"
        f"limits = SandboxLimits(wall_seconds=50, memory_bytes={marker})\n"
        "BubblewrapSandbox('bwrap', next(interpreters()), limits).run_many(['import time\\ntime.sleep(50)'])"
    )
    trainer = subprocess.Popen([sys.executable, "-c", script])
    started = comes_true(lambda: processes_with(str(marker)) >= 1)
    trainer.kill()
    trainer.wait()
    assert started
    assert comes_true(lambda: processes_with(str(marker)) == 0)


def processes_with(marker: str) -> int:
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = path.read_bytes()
            count += command.startswith(b"bwrap") and marker.encode() in command
    return count


def comes_true(condition: Callable[[], bool]) -> bool:
    for _ in range(300):
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_works_for_an_unprivileged_user() -> None:
    """As root the sandbox gives up root itself; a plain user has nothing to give up."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    need_bwrap()
    script = (
        "import os, sys\nfrom redone.scoring.sandbox import open_sandbox\n"
        "os.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\nsandbox, reason = open_sandbox()\n"
        "print(reason or sandbox.run_many(['print(42)'])[0].stdout)"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert found.stdout.strip() == "42", found.stderr


def test_without_bubblewrap_there_is_no_sandbox_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening.shutil, "which", lambda _: None)
    found, reason = opening.open_sandbox()
    assert found is None
    assert "apt-get install bubblewrap" in reason


@pytest.mark.parametrize(
    "script", ["exit 1", "echo 'Creating new namespace failed' >&2; exit 1", "exec sleep 60"]
)
def test_a_broken_backend_is_refused(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:3]:
        parent.chmod(0o755)
    fake = tmp_path / "bwrap"
    fake.write_text(f'#!/bin/sh\n[ "$1" = --help ] && exit 0\n{script}\n')
    fake.chmod(0o755)
    monkeypatch.setattr(opening.shutil, "which", lambda _: str(fake))
    monkeypatch.setattr("redone.scoring.sandbox.bubblewrap._EXTRA_SECONDS", 0.2)
    found, reason = opening.open_sandbox(SandboxLimits(wall_seconds=0.1))
    assert found is None
    assert "infra-error" in reason


def test_an_unprotected_runner_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A "bwrap" that only runs the command must be caught by the self-check."""
    fake = tmp_path / "bwrap"
    fake.write_text('#!/bin/sh\nwhile [ "$1" != -S ]; do python=$1; shift; done\nexec "$python" "$@"\n')
    fake.chmod(0o755)
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(0o755)
    weakness = find_weakness(BubblewrapSandbox(str(fake), next(interpreters())))
    assert "self-check" in weakness


def test_infra_errors_stop_early_and_mark_every_program() -> None:
    sandbox = BubblewrapSandbox("/nonexistent/bwrap", Interpreter(Path("/usr/bin/python3")))
    results = sandbox.run_many(["print(1)"] * 10)
    assert {result.status for result in results} == {"infra-error"}
    assert results[0].detail


def test_the_self_check_is_not_empty() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 10


def need_bwrap() -> str:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("bubblewrap is not installed")
    return bwrap


def small_sandbox(wall_seconds: float, processes: int = 1) -> BubblewrapSandbox:
    limits = SandboxLimits(wall_seconds=wall_seconds, processes=processes)
    sandbox = BubblewrapSandbox(need_bwrap(), next(interpreters()), limits)
    if sandbox.run_many(["print(1)"])[0].status == "infra-error":
        pytest.skip("bubblewrap does not work here")
    return sandbox
