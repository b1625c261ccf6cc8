"""The first screen: base against final per suite, and the plot of the seesaw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redone.report.charts.intervals import before_after
from redone.report.charts.seesaw import Spot, seesaw
from redone.report.scores import Estimate, Results, StageScores
from redone.report.words import plain, plain_name_of, points


def mean_of(stage: StageScores, suites: Sequence[str], decoding: str) -> float | None:
    """Give the plain mean over the suites, None unless every one was measured."""
    values = [stage.score(suite, decoding).value for suite in suites]
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def difference(after: float | None, before: float | None) -> float | None:
    """``after - before``, None where either is unknown."""
    return None if after is None or before is None else after - before


def headline(results: Results) -> dict[str, Any] | None:
    """Cards: the mean first, then the suites, in the headline decoding with the other one beside it."""
    measured = [s for s in results.stages if s.suites]
    if not measured:
        return None
    base, final = measured[0], measured[-1]
    suites, decodings = results.suites, results.decodings
    cards = [_card(suite, base, final, decodings) for suite in suites]
    if len(suites) > 1:
        means = {
            d: (Estimate(mean_of(base, suites, d)), Estimate(mean_of(final, suites, d))) for d in decodings
        }
        cards.insert(0, _filled("mean", means))
    return {
        "cards": cards,
        "headline": results.headline,
        "final": final.name,
        "only_base": base is final,
        "suites": len(suites),
    }


def _card(suite: str, base: StageScores, final: StageScores, decodings: Sequence[str]) -> dict[str, Any]:
    return _filled(suite, {d: (base.score(suite, d), final.score(suite, d)) for d in decodings})


def _filled(name: str, pairs: dict[str, tuple[Estimate, Estimate]]) -> dict[str, Any]:
    rows = [
        {
            "decoding": decoding,
            "base": before,
            "final": after,
            "change": difference(after.value, before.value),
            "overlap": _overlap(before, after),
        }
        for decoding, (before, after) in pairs.items()
    ]
    shown = "; ".join(
        f"{plain_name_of('decoding', d)}: {points(b.value)} to {points(a.value)}"
        for d, (b, a) in pairs.items()
    )
    label = plain("alt_before_after", suite=plain_name_of("suite", name), values=shown)
    chart = before_after([(d, b, a) for d, (b, a) in pairs.items()], label)
    return {"name": name, "main": rows[0], "others": rows[1:], "chart": chart}


def _overlap(before: Estimate, after: Estimate) -> bool:
    if before.low is None or before.high is None or after.low is None or after.high is None:
        return False
    return before.low <= after.high and after.low <= before.high


def seesaw_section(results: Results, tolerance: float) -> dict[str, Any] | None:
    """One plot per decoding, with the stages as numbered spots."""
    plots = []
    for decoding in results.decodings:
        spots = [
            Spot(
                mark=str(i),
                style=f"s{min(i, 7)}",
                sns=stage.score("sns", decoding),
                general=stage.score("general", decoding),
            )
            for i, stage in enumerate(results.stages)
        ]
        known = [s for s in spots if s.sns.value is not None and s.general.value is not None]
        if len(known) < 2:
            continue
        where = "; ".join(
            f"{results.stages[int(s.mark)].name}: {points(s.sns.value)} / {points(s.general.value)}"
            for s in known
        )
        label = plain("alt_seesaw", decoding=plain_name_of("decoding", decoding), values=where)
        plots.append({"decoding": decoding, "chart": seesaw(spots, label, tolerance=tolerance)})
    if not plots:
        return None
    return {"plots": plots, "stages": [s.name for s in results.stages], "tolerance": tolerance}
