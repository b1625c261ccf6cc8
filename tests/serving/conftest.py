import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from redone.model import Chat, TinySettings, create_model, save_model, train_tokenizer
from redone.serving.engine import Engine, EngineSettings


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model; its answers mean nothing, but they are always the same."""
    rng = random.Random(0)
    words = ["".join(rng.choice("abcdefgh") for _ in range(rng.randint(2, 6))) for _ in range(60)]
    texts = [" ".join(rng.choice(words) for _ in range(8)) + " 你好世界是否" for _ in range(300)]
    chat = train_tokenizer(texts, 384)
    settings = TinySettings(hidden=32, layers=2, heads=2, kv_heads=1, head_dim=16, mlp=48, context=512)
    path = tmp_path_factory.mktemp("served") / "tiny"
    save_model(path, create_model(settings, chat, seed=3), chat, "a test's model")
    return path


@pytest.fixture
def engine(folder: Path) -> Iterator[Engine]:
    from redone.serving.start import open_engine

    with open_engine(folder, EngineSettings(max_rows=8, prefix_tokens=1024)) as engine:
        yield engine


@dataclass
class Server:
    process: subprocess.Popen[str]
    url: str
    lines: list[str] = field(default_factory=list)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        _, rest = self.process.communicate(timeout=60)
        self.lines += (rest or "").splitlines()
        return self.process.returncode


def start(folder: Path, *options: str, **environment: str) -> Server:
    """A real server process on a free port of loopback."""
    command = [sys.executable, "-m", "redone.cli.main", "serve", str(folder), "--port", "0", *options]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if found := re.search(r"at (http://\S+)", line):
            return Server(process, found[1], lines)
    raise AssertionError("".join(lines))


@pytest.fixture(scope="session")
def server(folder: Path) -> Iterator[Server]:
    running = start(folder)
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def started(folder: Path) -> Iterator[Callable[..., Server]]:
    """Start servers that end with the test."""
    running: list[Server] = []

    def one(*options: str, **environment: str) -> Server:
        running.append(start(folder, *options, **environment))
        return running[-1]

    yield one
    for each in running:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@pytest.fixture(scope="session")
def chat(folder: Path) -> Chat:
    from redone.model import load_chat

    return load_chat(folder)
