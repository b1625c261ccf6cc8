"""Filters for informal text: what is too long, too repetitive, or only links and tags, by source."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from redone.corpus.settings.steps import InformalLimits, InformalSettings
from redone.corpus.step import StepResult, nothing_dropped, split
from redone.corpus.steps.features import with_features

_F = {name: pl.col(f"f_{name}") for name in (
    "chars", "han", "latin", "digits", "spaces", "emoji", "kana", "hangul", "letters", "symbols", "top", "run",
    "repeats", "link_chars", "mentions", "tags", "tag_chars", "code_chars",
)}  # fmt: skip


def _tests(limits: InformalLimits) -> list[tuple[str, pl.Expr, pl.Expr]]:
    """Name, condition and value seen of each filter. Products instead of quotients: nothing divides by 0."""
    solid = _F["chars"] - _F["spaces"]
    letters = _F["han"] + _F["latin"] + _F["kana"] + _F["hangul"] + _F["letters"]
    # Emoji and platform codes are a tone of voice, repeated at will: only what is written makes a text long.
    long = letters + _F["digits"] + _F["symbols"] - _F["code_chars"] >= limits.from_chars
    signs = _F["symbols"] - (_F["link_chars"] + 2 * (_F["code_chars"] > 0)).clip(upper_bound=_F["symbols"])
    return [
        ("too_short", solid < limits.min_chars, solid),
        ("too_long", _F["chars"] > limits.max_chars, _F["chars"]),
        ("top_character", long & (_F["top"] > solid * limits.max_top_share), _F["top"]),
        ("run", long & (_F["run"] > limits.max_run) & (_F["run"] * 2 > solid), _F["run"]),
        (
            "emoji",
            (solid >= limits.from_chars) & (_F["emoji"] + _F["code_chars"] > solid * limits.max_emoji_share),
            _F["emoji"],
        ),
        ("han", long & (_F["han"] < letters * limits.min_han_share), _F["han"]),
        ("symbols", long & (signs > solid * limits.max_symbol_share), signs),
        ("links", long & (_F["link_chars"] > solid * limits.max_link_share), _F["link_chars"]),
        ("mentions", _F["mentions"] > limits.max_mentions, _F["mentions"]),
        ("tags", _F["tags"] > limits.max_tags, _F["tags"]),
        ("tag_share", long & (_F["tag_chars"] > solid * limits.max_tag_share), _F["tag_chars"]),
        ("repetition", long & (_F["repeats"] > _F["chars"] * limits.max_repeat_share), _F["repeats"]),
    ]


@dataclass(frozen=True, slots=True)
class Informal:
    """Drops what no post looks like; the first filter that fails is the reason, the value seen the detail."""

    settings: InformalSettings = field(default_factory=InformalSettings)
    name: str = "informal"

    def run(self, table: pl.DataFrame) -> StepResult:
        """Return the posts within the limits of their source."""
        table = with_features(table)
        own = pl.col("source").is_in(list(self.settings.sources))
        groups = [(self.settings.defaults, ~own if self.settings.sources else None)]
        groups += [(limits, pl.col("source") == source) for source, limits in self.settings.sources.items()]
        failed = [
            (f"informal.{name}", test if where is None else test & where, seen)
            for limits, where in groups
            for name, test, seen in _tests(limits)
        ]
        bad = table.select(pl.any_horizontal([test for _, test, _ in failed])).to_series()
        if not bad.any():
            return StepResult(table, nothing_dropped())
        # Reasons are worked out for the few rows that fail, not for all.
        reasons = table.filter(bad).select(
            reason=pl.coalesce([pl.when(test).then(pl.lit(name)) for name, test, _ in failed]),
            detail=pl.coalesce([pl.when(test).then(seen) for _, test, seen in failed]).cast(pl.String),
        )
        found = split(table.filter(bad), reasons["reason"], reasons["detail"])
        return StepResult(table.filter(~bad), found.dropped, found.counters)
