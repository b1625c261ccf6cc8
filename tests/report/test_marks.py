"""A score's mark stands inside its rail whatever the numbers are."""

import re

import pytest

from redone.report.charts.marks import WIDTH, score_mark


@pytest.mark.parametrize("score", [-5.0, 0.0, 37.5, 100.0, 140.0])
def test_what_lies_outside_of_the_scale_stands_at_its_end(score) -> None:
    drawn = score_mark(score, (score - 20, score + 20), 50.0, "even", "a <file>")
    places = [float(x) for x in re.findall(r'\b(?:x1|x2|cx)="([\d.]+)"', drawn)]
    assert places
    assert all(0 <= x <= WIDTH for x in places)
    assert "a &lt;file&gt;" in drawn


def test_without_interval_and_baseline_only_the_score_is_drawn() -> None:
    assert score_mark(10.0, None, None, "even", "x").count("<line") == 1
