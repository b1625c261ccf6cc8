"""What is measured: every metric is a ratio of two sums over units, read from columns of the exposure log.

The papers name the metrics and publish no formula (RedOne 1.0 online tests; RedOne 2.0 Table 5), so the
definitions are ours and stand here: one place, each with its numerator and denominator.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Aim = Literal["down", "up"]


class Metric(BaseModel):
    """``sum of column / number of rows (or of active days)``.

    Rows count where ``column`` is not null and every column of ``among`` has the given value. With ``per`` =
    ``row`` the denominator is their number; with ``day`` it is the number of different days on which the unit
    has such a row, which makes a total (value, time spent) comparable over time. ``aim`` says which direction
    is better.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[\w.-]+$", max_length=100)]
    column: Annotated[str, Field(min_length=1, max_length=100)]
    aim: Aim
    per: Literal["row", "day"] = "row"
    among: dict[str, bool] = {}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.column in {"unit", "arm", "day", "phase"}:
            raise ValueError(f"column {self.column!r} describes the row and is no measurement")
        return self


def _metric(name: str, column: str, aim: Aim, per: Literal["row", "day"] = "row", **among: bool) -> Metric:
    return Metric(name=name, column=column, aim=aim, per=per, among=among)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        _metric("harmful_exposure_rate", "harmful", "down", withheld=False),
        _metric("wrongly_withheld_rate", "withheld", "down", harmful=False),
        _metric("click_page_rate", "clicked", "up"),
        _metric("vague_title_ratio", "vague", "down"),
        _metric("practical_title_ratio", "practical", "up"),
        _metric("authentic_title_ratio", "authentic", "up"),
        _metric("interactive_title_ratio", "interactive", "up"),
        _metric("advertiser_value", "value", "up", "day"),
    )
}
"""Harmful notes among the notes shown; harmless notes withheld among the harmless ones that were due; search
pages with at least one click among the pages shown after a note; titles that raters called vague, practical,
authentic, interactive among the titles rated; advertiser value (the platform's own number) per active day."""
