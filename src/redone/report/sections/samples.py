"""Sample answers before and after: one example through every stage, not chosen for looking good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redone.report.reading import mapping, number, sequence, text
from redone.report.run_data import RunData
from redone.report.words import visible

PER_GROUP = 8
MOVED = 0.05  # of a score in 0..1; less counts as unchanged, real-valued metrics always move a little


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    row: Mapping[str, Any]
    before: float
    after: float

    @property
    def group(self) -> str:
        """Which of the three lists the pair belongs to."""
        if abs(self.after - self.before) < MOVED:
            return "unchanged"
        return "improved" if self.after > self.before else "worsened"


def samples(run: RunData) -> dict[str, Any] | None:
    """Improved, worsened and unchanged answers, at most eight each.

    At most one example per task, the first by example id, languages in turn: the choice looks at neither the
    size of the change nor the wording. None unless two stages answered the same examples.
    """
    answered = [(s.name, _by_example(s.samples, run.results.headline)) for s in run.stages]
    answered = [(name, rows) for name, rows in answered if rows]
    if len(answered) < 2:
        return None
    first, last = answered[0][1], answered[-1][1]
    pairs, unscored = [], 0
    for example in sorted(set(first) & set(last)):
        before, after = number(first[example].get("score")), number(last[example].get("score"))
        if before is None or after is None:
            unscored += 1
        else:
            pairs.append(_Pair(row=last[example], before=before, after=after))
    groups = []
    for name in ("improved", "worsened", "unchanged"):
        members = [p for p in pairs if p.group == name]
        cards = [_card(pair, answered) for pair in _chosen(members)]
        groups.append({"name": name, "count": len(members), "cards": cards})
    return {"groups": groups, "total": len(pairs), "unscored": unscored, "decoding": run.results.headline}


def _by_example(rows: Sequence[Mapping[str, Any]], headline: str) -> dict[str, Mapping[str, Any]]:
    """Give the first answer to each example, in the headline decoding where it was used."""
    wanted = [r for r in rows if r.get("decoding") == headline] or list(rows)
    found: dict[str, Mapping[str, Any]] = {}
    for row in wanted:
        if example := text(row.get("example_id")):
            found.setdefault(example, row)
    return found


def _chosen(pairs: Sequence[_Pair]) -> list[_Pair]:
    by_task: dict[str, list[_Pair]] = {}
    for pair in pairs:
        by_task.setdefault(text(pair.row.get("task")), []).append(pair)
    tasks = sorted(by_task)
    # Tasks of one capability have neighbouring names; a stride over the list spreads the choice.
    stride = max(1, len(tasks) // PER_GROUP)
    spread = [t for start in range(stride) for t in tasks[start::stride]][:PER_GROUP]
    chosen, languages = [], ("zh", "en")
    for i, task in enumerate(spread):
        wished = [p for p in by_task[task] if p.row.get("language") == languages[i % 2]]
        chosen.append((wished or by_task[task])[0])
    return chosen


def _card(pair: _Pair, answered: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]]) -> dict[str, Any]:
    example = text(pair.row.get("example_id"))
    answers = [
        {
            "stage": name,
            "output": visible(text(rows[example].get("output"))),
            "score": number(rows[example].get("score")),
        }
        for name, rows in answered
        if example in rows
    ]
    references = sequence(pair.row.get("references")) or [pair.row.get("references")]
    return {
        "task": text(pair.row.get("task")),
        "language": "zh" if pair.row.get("language") == "zh" else "en",
        "id": visible(example, 80),
        "prompt": visible(_prompt(pair.row.get("prompt"))),
        "references": [visible(text(r), 400) for r in references[:4] if r is not None],
        "answers": answers,
    }


def _prompt(value: Any) -> str:
    """Give the prompt as text; a list of chat turns is written one turn per line."""
    if not isinstance(value, list):
        return text(value)
    return "\n".join(f"{text(mapping(m).get('role'))}: {text(mapping(m).get('content'))}" for m in value)
