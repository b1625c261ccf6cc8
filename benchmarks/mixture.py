"""The mixture search against the even mixture: the same base, the same tokens, several seeds.

Prints one JSON object. Both arms are the continued-pretraining stage of recipes/redone-1-nano.yaml, run by the
recipe's own code on a base model of a tenth of the computation (``--full``: the recipe's own), so that the whole
takes minutes. ``target`` is what the search lowers: 0.7 times the held-out platform loss plus 0.3 times the general
one, in nats per token, of the trained model. ``ranks`` tells which kind of regression orders unseen proxies best.

    python benchmarks/mixture.py --seeds 21 22 23
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
from rich.console import Console
from scipy.stats import t as student

from redone.corpus.mixture import KINDS, fit_regression, rank_correlation
from redone.recipe.config import Recipe, SearchMixture, read_recipe
from redone.recipe.context import Workshop
from redone.recipe.durable import read_json
from redone.recipe.progress import Display
from redone.recipe.runner import RunOptions, run
from redone.recipe.stages import continued, folder_base, tiny_base
from redone.recipe.workshop import prepare

RECIPE = Path(__file__).parents[1] / "recipes" / "redone-1-nano.yaml"
SMALL = {
    "base.hidden": 96,
    "base.layers": 4,
    "base.heads": 2,
    "base.kv_heads": 1,
    "base.mlp": 192,
    "base.text_documents": 2500,
    "base.echo_examples": 1500,
    "base.general_examples": 5000,
    "base.instruction_examples": 3000,
    "data.examples_per_task.train": 8,
    "data.general.train": 64,
    "stages.cpt.reading.tokens": 150_000,
    "stages.cpt.mixture.proxy_tokens": 20_000,
}
"""A base of a tenth of the computation and half of the text; the stage reads no examples, so there are few."""
UNIFORM = {"stages.cpt.mixture": {"kind": "uniform"}}


def main() -> None:
    """Run both arms on every seed and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[21, 22, 23])
    parser.add_argument("--full", action="store_true", help="the recipe's own base instead of the small one")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE of the recipe, value in JSON")
    parser.add_argument(
        "--keep", type=Path, help="keep the run folders here, and go on with those that are there"
    )
    asked = parser.parse_args()
    changes = {"threads": asked.threads, **({} if asked.full else SMALL)}
    changes |= {key: json.loads(value) for key, _, value in (item.partition("=") for item in asked.set)}
    if asked.keep:
        print(json.dumps(compare(asked.seeds, changes, asked.keep), indent=1))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(compare(asked.seeds, changes, Path(folder)), indent=1))


def compare(seeds: Sequence[int], changes: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Both arms on every seed, and the paired difference."""
    found = []
    for seed in seeds:
        searched = arm({**changes, "seed": seed}, folder / f"{seed}-search")
        even = arm({**changes, "seed": seed, **UNIFORM}, folder / f"{seed}-uniform")
        record = searched["search"]
        found.append(
            {
                "seed": seed,
                "target": {
                    "search": target(searched),
                    "uniform": target(even),
                    "before": target(searched, 0),
                },
                "platform": {
                    "search": searched["parts"]["platform"][1],
                    "uniform": even["parts"]["platform"][1],
                },
                "general": {
                    "search": searched["parts"]["general"][1],
                    "uniform": even["parts"]["general"][1],
                },
                "tokens": {"search": searched["tokens"], "uniform": even["tokens"]},
                "accepted": record["accepted"],
                "confirmed": record["confirmed"],
                "ranks": ranks(record),
                "weights": {name: round(source["weight"], 3) for name, source in searched["sources"].items()},
            }
        )
    gains = [row["target"]["uniform"] - row["target"]["search"] for row in found]
    half = (
        student.ppf(0.975, len(gains) - 1) * stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else None
    )
    return {
        "what": "held-out target loss after continued pretraining, searched mixture against even mixture",
        "peer": "even mixture, the same code and tokens",
        "versions": {name: version(name) for name in ("redone", "torch", "transformers")},
        "gain": {"mean": fmean(gains), "half_width_95": half, "by_seed": gains},
        "search_tokens": search_tokens(changes),
        "settings": changes,
        "seeds": found,
    }


def arm(changes: dict[str, Any], out: Path) -> dict[str, Any]:
    """The stage's own record of one run; the base is computed once per seed."""
    whole = read_recipe(RECIPE, changes)
    recipe = Recipe(**{**dict(whole), "stages": whole.stages[:1]})
    workshop = Workshop(
        stages={"tiny": tiny_base.run, "folder": folder_base.run, "continued_pretraining": continued.run},
        prepare=prepare,
        evaluate=lambda context: {},
    )
    options = RunOptions(cache=out.parent / "cache", display=Display(Console(stderr=True)))
    run(recipe, out, workshop, options)
    record = read_json(out / "stages" / "01-cpt" / "mixture.json")
    assert record is not None
    return record


def target(record: dict[str, Any], when: int = 1) -> float:
    """What the search lowers, before (0) or after (1) the stage."""
    share = SearchMixture(kind="search").target_platform
    return share * record["parts"]["platform"][when] + (1 - share) * record["parts"]["general"][when]


def ranks(record: dict[str, Any]) -> dict[str, float]:
    """How well each kind of regression orders the proxies, a fifth of them left out in turn."""
    mixtures, losses = np.array(record["candidates"]), np.array(record["targets"])
    found = {}
    for kind in KINDS:
        predicted = np.empty(len(losses))
        for fold in range(5):
            left = np.arange(len(losses)) % 5 == fold
            predicted[left] = fit_regression(kind, mixtures[~left], losses[~left]).predict(mixtures[left])
        found[kind] = round(rank_correlation(predicted, losses), 3)
    return found


def search_tokens(changes: dict[str, Any]) -> int:
    """Tokens that the proxies read; they come on top of what both arms read."""
    (stage, *_) = read_recipe(RECIPE, changes).stages
    asked = stage.mixture
    return (asked.proxies + asked.held_out_proxies + 3) * asked.proxy_tokens


if __name__ == "__main__":
    main()
