"""Requests per second and waiting times of ``redone serve`` beside ``transformers serve --continuous-batching``.

The same model folder, the same greedy requests, one thread each, in rounds that alternate between the two
servers. Prints one JSON object. On a machine that others use as well, compare ``per_cpu_second``.

    python benchmarks/serving.py --model runs/demo/model --clients 1 8 32 128 --requests 128 --rounds 3
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from _load import Load, Server, bodies, drive, note_prompts, start_redone, start_transformers


def figures(loads: list[Load]) -> dict[str, Any]:
    """Medians over rounds; waiting times over all requests."""
    seconds = sorted(second for load in loads for second in load.seconds)
    good = [load.statuses.count(200) for load in loads]
    return {
        "requests_per_second": round(
            statistics.median(g / x.wall for g, x in zip(good, loads, strict=True)), 2
        ),
        "per_cpu_second": round(statistics.median(g / x.cpu for g, x in zip(good, loads, strict=True)), 2),
        "p50_ms": round(1000 * seconds[len(seconds) // 2], 1),
        "p99_ms": round(1000 * seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))], 1),
        "tokens": sum(load.tokens for load in loads),
        "not_200": sum(len(load.statuses) - g for g, load in zip(good, loads, strict=True)),
    }


async def measure(servers: list[Server], options: argparse.Namespace) -> dict[str, Any]:
    """Every level of clients, in alternating rounds."""
    prompts = note_prompts(options.requests * options.rounds, seed=0)
    for server in servers:
        await drive(server, bodies(server.model, prompts[:8], options.max_tokens), 4)  # warm
    levels: dict[str, Any] = {}
    for clients in options.clients:
        loads: dict[str, list[Load]] = {server.name: [] for server in servers}
        for number in range(options.rounds):
            part = prompts[number * options.requests : (number + 1) * options.requests]
            part = part[: max(options.requests // 4, 8)] if clients == 1 else part
            for server in servers if number % 2 == 0 else servers[::-1]:
                sent = bodies(server.model, part, options.max_tokens)
                loads[server.name].append(await drive(server, sent, clients))
        ours, theirs = (figures(loads[server.name]) for server in servers)
        levels[str(clients)] = {
            "redone": ours,
            "transformers": theirs,
            "throughput_ratio": round(ours["requests_per_second"] / theirs["requests_per_second"], 2),
            "per_cpu_second_ratio": round(ours["per_cpu_second"] / theirs["per_cpu_second"], 2),
            "p50_ratio": round(ours["p50_ms"] / theirs["p50_ms"], 3),
        }
        print(f"{clients} clients: {json.dumps(levels[str(clients)])}", file=sys.stderr)
    return levels


def main() -> None:
    """Start both servers, measure, stop them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 128])
    parser.add_argument("--requests", type=int, default=128, help="per round and level")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--max-tokens", type=int, default=24)
    parser.add_argument("--peer-port", type=int, default=8765)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        servers = [start_redone(options.model, logs / "redone.log")]
        try:
            servers.append(start_transformers(options.model, logs / "transformers.log", options.peer_port))
            levels = asyncio.run(measure(servers, options))
        finally:
            for server in servers:
                server.stop()
    settings = {key: value for key, value in vars(options).items() if key not in {"model", "peer_port"}}
    result = {
        "benchmark": "serving",
        "peer": f"transformers {importlib.metadata.version('transformers')}",
        "clients": levels,
        "settings": settings,
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
