"""An analysis as text for the terminal."""

from __future__ import annotations

import numpy as np

from redone.experiment.analysis import Analysis
from redone.experiment.comparison import Result

_VERDICTS = {
    "ship": "better: a decision metric improved, none got worse, every guardrail holds",
    "harm": "harm: a decision metric got worse or a guardrail is broken",
    "open": "open: neither gain nor harm is shown yet",
    "none": "no verdict",
}


def render(analysis: Analysis) -> str:
    """The verdict first, then why, then the metrics."""
    lines = [f"{arm}: {_VERDICTS[verdict]}" for arm, verdict in analysis.verdicts.items()]
    lines += [f"  blocked: {finding.text}" for finding in analysis.blocks]
    lines += [f"  notice: {finding.text}" for finding in analysis.notices]
    if analysis.repeated:
        lines.append(f"  {analysis.repeated} rows had an event id that was there already; counted once")
    head = f"{'metric':26}{'control':>10}{'treatment':>11}{'change':>9}  {'interval':20}{'p':>9}  outcome"
    return "\n".join([*lines, "", head, *map(_line, analysis.results)])


def _line(result: Result) -> str:
    whole = result.contrast
    low, high = result.relative_low[-1], result.relative_high[-1]
    between = f"{low:+.1%} to {high:+.1%}" if np.isfinite(low) else "-"
    change = f"{result.relative[-1]:+.1%}" if np.isfinite(result.relative[-1]) else "-"
    decides = result.goal.role == "decision" and np.isfinite(result.holm)
    p = ("< 1e-4" if result.holm < 1e-4 else f"{result.holm:.2g}") if decides else ""
    return (
        f"{result.metric.name:26}{whole.control[-1]:>10.4g}{whole.treatment[-1]:>11.4g}"
        f"{change:>9}  {between:20}{p:>9}  {result.outcome}"
    )
