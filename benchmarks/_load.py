"""A light client for serving benchmarks: HTTP/1.1 over asyncio, one connection per client, nothing parsed twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parents[1]


@dataclass
class Server:
    """A server process of its own, and where it listens."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    model: str

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds of the process so far: what a busy machine does not spoil."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def megabytes(self) -> float:
        """Memory that is resident now."""
        return float(psutil.Process(self.process.pid).memory_info().rss / 2**20)

    def stop(self) -> int:
        """End it as an operator would."""
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def environment() -> dict[str, str]:
    """One thread each, no network look-ups."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def start_redone(model: Path, log: Path, *options: str) -> Server:
    """``redone serve`` on a free port."""
    command = [sys.executable, "-m", "redone.cli.main", "serve", str(model), "--port", "0", *options]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment())
    for _ in range(1200):
        if found := re.search(
            r"^(\S+) at http://127.0.0.1:(\d+)", log.read_text(errors="replace"), re.MULTILINE
        ):
            return Server("redone serve", process, int(found[2]), found[1])
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"redone serve does not start: {log.read_text(errors='replace')}")


def start_transformers(model: Path, log: Path, port: int) -> Server:
    """``transformers serve`` with continuous batching; its page pool is bounded, or it takes most of the memory."""
    command = [
        str(Path(sys.executable).with_name("transformers")), "serve", str(model), "--continuous-batching",
        "--device", "cpu", "--cb-num-blocks", "1024", "--cb-block-size", "32", "--cb-max-batch-tokens", "1024",
        "--port", str(port), "--host", "127.0.0.1",
    ]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment())
    for _ in range(1200):
        if b"running on" in log.read_bytes():
            return Server("transformers serve --continuous-batching", process, port, str(model))
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"transformers serve does not start: {log.read_text(errors='replace')}")


@dataclass
class Load:
    """What a run of requests gave: seconds of each, statuses, and the whole time."""

    seconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    tokens: int = 0
    wall: float = 0.0
    cpu: float = 0.0


def bodies(model: str, prompts: Sequence[str], max_tokens: int) -> list[bytes]:
    """Chat requests, greedy, so that both servers do the same work."""
    return [
        json.dumps(
            {
                "model": model, "messages": [{"role": "user", "content": prompt}],
                "max_tokens": max_tokens, "temperature": 0,
            },
            ensure_ascii=False,
        ).encode()
        for prompt in prompts
    ]  # fmt: skip


async def drive(server: Server, requests: Sequence[bytes], clients: int) -> Load:
    """All requests over ``clients`` connections, each sending its next one when the last is answered."""
    load, left = Load(), list(reversed(requests))
    cpu, began = server.cpu_seconds, time.perf_counter()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while left:
            body, start = left.pop(), time.perf_counter()
            writer.write(head("/v1/chat/completions", len(body)) + body)
            status, content = await read_reply(reader)
            load.seconds.append(time.perf_counter() - start)
            load.statuses.append(status)
            if status == 200:
                load.tokens += json.loads(content)["usage"]["completion_tokens"]
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    await asyncio.gather(*(client() for _ in range(clients)))
    load.wall, load.cpu = time.perf_counter() - began, server.cpu_seconds - cpu
    return load


def head(path: str, length: int) -> bytes:
    """Request line and headers of a JSON POST."""
    return (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"content-length: {length}\r\n\r\n"
    ).encode()


async def read_reply(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of one reply."""
    top = await reader.readuntil(b"\r\n\r\n")
    status = int(top.split(b" ", 2)[1])
    if b"chunked" in top.lower():
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        return status, b"".join(parts)
    found = re.search(rb"content-length: (\d+)", top, re.IGNORECASE)
    return status, await reader.readexactly(int(found[1])) if found else b""


def note_prompts(count: int, seed: int) -> list[str]:
    """Prompts of the catalogue's applications on simulated notes."""
    from redone.sources.simulator import WorldSettings, make_world, stream
    from redone.tasks import BuildSettings, build_examples

    world = make_world(WorldSettings(seed=seed))
    blocks = stream(world, "test", users=64 * (1 + count // 200))
    settings = BuildSettings(seed=seed, limit_per_task=count // 2 + 1)
    tasks = ("harmful", "next_query", "title", "query_generation")
    prompts = [e.messages[0].content for e in build_examples(blocks, task_ids=tasks, settings=settings)]
    random.Random(seed).shuffle(prompts)
    return [prompts[n % len(prompts)] for n in range(count)]
