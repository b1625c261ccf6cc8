"""False positives under daily peeking, and planted effects found at the planned power: one JSON object.

    python benchmarks/aa.py                 # 2,000 A/A experiments, 1,000 with a planted effect

Both sides are analysed in one process on the same draws: the confidence sequence, and Welch's test (the one of
statsmodels, to 1e-9) read every day. Their difference is the cost of peeking.
"""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from time import perf_counter

import numpy as np

from redone.experiment.statistics.moments import moments, unit_vectors
from redone.experiment.statistics.power import after_change, multiple, units_needed
from redone.experiment.statistics.ratio import ratio
from redone.experiment.trials import (
    BASELINES,
    METRICS,
    TrialSettings,
    false_positives,
    run_trials,
    running_sums,
)
from redone.scoring.statistics import wilson_interval


def shares(counts: dict[str, int], trials: int) -> dict[str, dict[str, float]]:
    """Each count as a share with its 95 % interval."""
    return {name: wilson_interval(count, trials)._asdict() for name, count in counts.items()}


def planted(trials: int, change: float, seed: int) -> dict[str, object]:
    """Plan for a change in the first metric, then plant it and count how often it is found."""
    pilot = TrialSettings(trials=1, units=20_000, seed=seed + 1)
    sums, _ = running_sums(pilot, 1, np.random.default_rng(seed + 1))[0]
    arm = ratio(moments(unit_vectors(sums[0, :, -1, 0], sums[0, :, -1, 1])))
    result: dict[str, object] = {}
    for looks in ("daily", "once"):
        times = multiple(0.05 / len(METRICS), 0.8, looks)
        spreads = (float(arm.spread), after_change(float(arm.spread), change))
        units = int(units_needed(change * float(arm.value), spreads, (0.5, 0.5), times)) + 2
        settings = TrialSettings(
            trials=trials, units=units, lift=change, planned=change, cuped=False, seed=seed
        )
        run = run_trials(settings)
        p = run.always_valid()[:, -1, 0] if looks == "daily" else run.single[:, -1, 0]
        hits = p <= 0.05 / len(METRICS)
        first = (run.sequential[:, :, 0] <= 0.05 / len(METRICS)).argmax(axis=1)[hits] + 1
        result[looks] = {
            "units": units,
            "planned_power": 0.8,
            "found": wilson_interval(int(hits.sum()), trials)._asdict(),
            "found_in_the_wrong_direction": int((hits & (run.difference[:, -1, 0] < 0)).sum()),
            **({"median_day_found": float(np.median(first))} if looks == "daily" else {}),
        }
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    parser.add_argument("--units", type=int, default=600)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--planted", type=int, default=1000)
    parser.add_argument("--change", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started = perf_counter()
    settings = TrialSettings(
        trials=arguments.trials, units=arguments.units, days=arguments.days, seed=arguments.seed
    )
    found = {}
    for name, cuped in (("cuped", True), ("plain", False)):
        run = run_trials(
            TrialSettings(**{k: getattr(settings, k) for k in settings.__slots__} | {"cuped": cuped})
        )
        counts = false_positives(run, settings.alpha)
        found[name] = {way: shares(by, settings.trials) for way, by in counts.items()}
    sequence = found["cuped"]["daily_sequence"]["family_holm"]["value"]
    peeking = found["cuped"]["daily_uncorrected"]["family_holm"]["value"]
    print(
        json.dumps(
            {
                "benchmark": "false positives under daily peeking",
                "peer": f"Welch's t-test as in statsmodels {version('statsmodels')}, read every day",
                "alpha": settings.alpha,
                "ours": sequence,
                "peers": peeking,
                "ratio": peeking / sequence if sequence else None,
                "false_positives": found,
                "planted": planted(arguments.planted, arguments.change, arguments.seed),
                "settings": {k: getattr(settings, k) for k in settings.__slots__} | {"baselines": BASELINES},
                "seconds": round(perf_counter() - started, 1),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
