"""Load with random disconnects, oversize and malformed requests: no 500, no lost request, memory flat.

python benchmarks/serving_soak.py --model runs/demo/model --minutes 10
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from _load import Server, bodies, head, note_prompts, read_reply, start_redone

MALFORMED = (b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"model": 3}', b'{"messages": "x"}', b"[" * 5000)
WAIT = 60.0


class Soak:
    """What happened so far."""

    def __init__(self, server: Server, prompts: list[str]) -> None:
        self.server = server
        self.prompts = prompts
        self.statuses: collections.Counter[str] = collections.Counter()
        self.lost = 0
        self.unexpected: list[str] = []
        self.megabytes: list[float] = []

    async def client(self, number: int, until: float) -> None:
        """One client that behaves at random, until the time is up."""
        rng = random.Random(number)
        while time.monotonic() < until:
            kind = rng.choices(
                ("chat", "stream", "leave", "malformed", "oversize", "app"), (40, 20, 20, 8, 4, 8)
            )[0]
            try:
                async with asyncio.timeout(WAIT):
                    await self._one(kind, rng)
            except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
                self.lost += 1
                self.unexpected.append(f"{kind}: {type(error).__name__}: {error}")

    async def _one(self, kind: str, rng: random.Random) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            path, body = self._request(kind, rng)
            writer.write(head(path, len(body)) + body)
            if kind == "leave":
                await asyncio.sleep(rng.random() * 0.2)
                self.statuses["left"] += 1
                return
            if kind == "oversize":  # the refusal may come before the body is sent
                await asyncio.sleep(0)
            status, content = await read_reply(reader)
            self.statuses[f"{kind} {status}"] += 1
            expected = {"malformed": {400}, "oversize": {413}}.get(kind, {200, 503})
            whole = kind != "stream" or status != 200 or content.endswith(b"data: [DONE]\n\n")
            if status not in expected or not whole:
                self.unexpected.append(f"{kind}: {status}: {content[-200:]!r}")
        finally:
            writer.close()

    def _request(self, kind: str, rng: random.Random) -> tuple[str, bytes]:
        prompt = rng.choice(self.prompts)
        if kind == "malformed":
            return rng.choice(("/v1/chat/completions", "/v1/completions", "/v1/apps/titles")), rng.choice(
                MALFORMED
            )
        if kind == "oversize":
            return "/v1/chat/completions", b'{"x": "' + b"x" * 1_200_000 + b'"}'
        if kind == "app":
            note = {"title": prompt[:40], "body": prompt}
            return "/v1/apps/titles", json.dumps({"notes": [note], "drafts": 3}).encode()
        (body,) = bodies(self.server.model, [prompt], rng.choice((8, 24, 200)))
        asked = json.loads(body) | {"temperature": rng.choice((0, 1.0)), "stream": kind != "chat"}
        return "/v1/chat/completions", json.dumps(asked).encode()

    async def watch(self, until: float) -> None:
        """Memory now and then."""
        while time.monotonic() < until:
            self.megabytes.append(self.server.megabytes)
            await asyncio.sleep(2)


async def soak(server: Server, minutes: float, clients: int) -> dict[str, Any]:
    """Run all clients; then look whether every row is free."""
    run = Soak(server, note_prompts(400, seed=1))
    until = time.monotonic() + minutes * 60
    await asyncio.gather(run.watch(until), *(run.client(n, until) for n in range(clients)))
    await asyncio.sleep(1)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /metrics HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
    page = (await read_reply(reader))[1].decode()
    writer.close()
    rows = next(float(line.split()[1]) for line in page.splitlines() if line.startswith("redone_rows "))
    third = max(1, len(run.megabytes) // 3)
    return {
        "minutes": minutes,
        "clients": clients,
        "requests": sum(run.statuses.values()),
        "statuses": dict(sorted(run.statuses.items())),
        "status_500": sum(n for key, n in run.statuses.items() if key.endswith(" 500")),
        "lost": run.lost,
        "unexpected": run.unexpected[:10],
        "rows_left": rows,
        "megabytes": {
            "second_third": round(max(run.megabytes[third : 2 * third] or run.megabytes), 1),
            "last_third": round(max(run.megabytes[2 * third :]), 1),
        },
    }


def main() -> None:
    """Start the server, load it, stop it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=24)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = start_redone(options.model, Path(folder) / "redone.log")
        try:
            result = asyncio.run(soak(server, options.minutes, options.clients))
        finally:
            code = server.stop()
    result["exit_code"] = code
    print(json.dumps(result, indent=1))
    bad = result["status_500"] or result["lost"] or result["unexpected"] or result["rows_left"] or code
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
