"""What the later tasks need of each source, as rules over columns."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import polars as pl

from redone.corpus.settings.steps import RuleSettings, SourceRule
from redone.corpus.step import StepResult, split
from redone.corpus.steps.features import with_features
from redone.errors import UserError


def _fails(rule: SourceRule) -> pl.Expr:
    solid = pl.col("f_chars") - pl.col("f_spaces")
    fails = [solid < rule.min_chars]
    if rule.max_chars is not None:
        fails.append(solid > rule.max_chars)
    if rule.languages:
        fails.append(~pl.col("language").is_in(list(rule.languages)).fill_null(False))
    if rule.needs_tag:
        fails.append(pl.col("f_tags") == 0)
    if rule.needs_parent:
        fails.append(pl.col("parent").is_null())
    if rule.needs_author:
        fails.append(pl.col("author").is_null())
    if rule.min_likes is not None:
        fails.append(pl.col("likes") < rule.min_likes)
    if rule.since:
        fails.append((pl.col("created") < _date(rule)).fill_null(False))
    if rule.licences:
        fails.append(~pl.col("licence").is_in(list(rule.licences)))
    concerned = [pl.lit(True)]
    if rule.sources:
        concerned.append(pl.col("source").is_in(list(rule.sources)))
    if rule.kinds:
        concerned.append(pl.col("kind").is_in(list(rule.kinds)))
    return pl.all_horizontal(concerned) & pl.any_horizontal(fails)


def _date(rule: SourceRule) -> datetime.datetime:
    try:
        return datetime.datetime.fromisoformat(rule.since).replace(tzinfo=None)
    except ValueError as error:
        raise UserError(f"rule '{rule.name}': since = {rule.since!r} is no date. Write 2025-01-31") from error


@dataclass(frozen=True, slots=True)
class Rules:
    """Drops the rows that fail a rule of their source.

    Raises:
        UserError: when it runs, a rule's date cannot be read.

    """

    settings: RuleSettings = field(default_factory=RuleSettings)
    name: str = "rules"

    def run(self, table: pl.DataFrame) -> StepResult:
        """Return the rows that pass every rule."""
        table = with_features(table)
        tests: list[pl.Expr] = [
            pl.when(_fails(rule)).then(pl.lit(f"rules.{rule.name}")) for rule in self.settings.rules
        ] or [pl.lit(None, dtype=pl.String)]
        reasons = table.select(reason=pl.coalesce(tests), rows=pl.int_range(pl.len())).to_series(0)
        return split(table, reasons)
