"""Curation of short posts beside datatrove and data-juicer: posts per CPU second, recall, false deletions, memory.

Every side is a whole command, start-up included, with the same MinHash parameters (14 bands of 8 rows over
5-character shingles). CPU seconds are of its whole process tree, memory is that of its largest process. The sides
take turns.
Peers are hours slower at full size, so they run on fewer posts, at two sizes: their time for all posts is the line
through both. Prints one JSON object.

    python benchmarks/curation.py --posts 400000 --peer-posts 40000
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
from _posts import judge, make_posts, write_posts

HERE = Path(__file__).parent
RECIPE = """name: benchmark
documents: null
without: [language]   # the peers need a download for it
duplicates: {bands: 14, rows: 8, shingle: 5}
"""


def main() -> None:
    """Measure and print."""
    options = _options()
    with tempfile.TemporaryDirectory() as temporary:
        room = Path(temporary)
        sizes = sorted({options.posts, options.peer_posts, options.peer_posts // 4})
        files = {size: room / f"posts-{size}.jsonl" for size in sizes}
        for size, path in files.items():
            write_posts(path, make_posts(size, options.seed))
        (room / "recipe.yaml").write_text(RECIPE)
        runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for _ in range(options.rounds):
            for side, size in _turns(options):
                command = _command(side, files[size], room, options)
                runs[f"{side}@{size}"].append(_measure(command, room / "out"))
                if len(runs[f"{side}@{size}"]) == 1 and side != "polars":
                    found = judge(make_posts(size, options.seed), _kept(room / "out"))
                    runs[f"{side}@{size}"][0]["found"] = found
    print(json.dumps(_result(options, runs), indent=2, ensure_ascii=False))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--posts", type=int, default=400_000)
    parser.add_argument(
        "--peer-posts", type=int, default=40_000, help="posts for the peers; 0 leaves them out"
    )
    parser.add_argument("--rounds", type=int, default=3, help="times that every side takes its turn")
    parser.add_argument("--peer-rounds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _turns(options: argparse.Namespace) -> list[tuple[str, int]]:
    turns = [("ours", options.posts), ("polars", options.posts)]
    if options.peer_posts and options.peer_rounds > 0:
        options.peer_rounds -= 1
        turns += [
            (p, n)
            for p in ("datatrove", "data-juicer")
            for n in (options.peer_posts // 4, options.peer_posts)
        ]
    return turns


def _command(side: str, source: Path, room: Path, options: argparse.Namespace) -> list[str]:
    if side == "ours":
        command = [sys.executable, "-m", "redone.cli.main", "curate", str(room / "recipe.yaml")]
        return [
            *command,
            "--input",
            str(source),
            "--out",
            str(room / "out"),
            "--workers",
            str(options.workers),
        ]
    return [sys.executable, str(HERE / "_curation_peers.py"), side, str(source), str(room / "out")]


def _measure(command: list[str], out: Path) -> dict[str, Any]:
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    began = time.monotonic()
    # A process of its own, so that what its children used can be told from what earlier ones did.
    probe = (
        "import resource,subprocess,sys,json;"
        "code=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.PIPE);"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN);"
        "sys.stderr.buffer.write(code.stderr[-3000:] if code.returncode else b'');"
        "print(json.dumps([code.returncode,u.ru_utime+u.ru_stime,u.ru_maxrss]))"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(
        [sys.executable, "-c", probe, *command], capture_output=True, text=True, env=environment
    )
    code, cpu, peak = json.loads(done.stdout)
    if code != 0:
        raise SystemExit(f"{' '.join(command)}\nended with {code}:\n{done.stderr}")
    return {"cpu": cpu, "wall": time.monotonic() - began, "peak_mb": peak / 1024}


def _kept(out: Path) -> set[str]:
    parquet = sorted((out / "documents").glob("*.parquet"))
    if parquet:
        ids = pl.concat([pl.read_parquet(p, columns=["id"]) for p in parquet])["id"]
        return set(ids.str.split("/").list.last())
    return {
        json.loads(line)["id"]
        for path in sorted((out / "kept").glob("*.jsonl"))
        if not path.stem.endswith("_stats")
        for line in path.open(encoding="utf-8")
    }


def _result(options: argparse.Namespace, runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    sides = {name: _summary(name, measured) for name, measured in runs.items()}
    ours, bare = sides[f"ours@{options.posts}"], sides[f"polars@{options.posts}"]
    result: dict[str, Any] = {
        "posts": options.posts,
        "ours": ours,
        "bare_polars": bare,
        "times_bare_polars": {
            "wall": round(ours["wall"] / bare["wall"], 2),
            "cpu": round(ours["cpu"] / bare["cpu"], 2),
        },
        "peers": {},
    }
    for peer in ("datatrove", "data-juicer"):
        large, small = options.peer_posts, options.peer_posts // 4
        if f"{peer}@{large}" not in sides:
            continue
        a, b = sides[f"{peer}@{small}"]["cpu"], sides[f"{peer}@{large}"]["cpu"]
        per_post = (b - a) / (large - small)
        total = b + per_post * (options.posts - large)
        package = {"datatrove": "datatrove", "data-juicer": "py-data-juicer"}[peer]
        result["peers"][peer] = {
            "version": importlib.metadata.version(package),
            "measured": {str(small): sides[f"{peer}@{small}"], str(large): sides[f"{peer}@{large}"]},
            "cpu_ms_per_further_post": round(1000 * per_post, 4),
            "cpu_for_all_posts": round(total, 2),
            "posts_per_cpu_second": round(options.posts / total, 1),
            "ratio": round(total / ours["cpu"], 1),
        }
    result["settings"] = {
        "bands": 14,
        "rows": 8,
        "shingle": 5,
        "workers": options.workers,
        "rounds": options.rounds,
        "peers": f"at {options.peer_posts // 4} and {options.peer_posts} posts, continued to {options.posts}",
        "cores": os.cpu_count(),
        "polars": importlib.metadata.version("polars"),
    }
    return result


def _summary(name: str, measured: list[dict[str, Any]]) -> dict[str, Any]:
    posts = int(name.split("@")[1])
    cpu = statistics.median(run["cpu"] for run in measured)
    found = next((run["found"] for run in measured if "found" in run), {})
    return {
        "cpu": round(cpu, 3),
        "wall": round(statistics.median(run["wall"] for run in measured), 3),
        "peak_mb": round(max(run["peak_mb"] for run in measured)),
        "posts_per_cpu_second": round(posts / cpu, 1),
        "runs": len(measured),
        **found,
    }


if __name__ == "__main__":
    main()
