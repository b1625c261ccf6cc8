"""Made logs with known truth: units that differ, rows of one unit that are alike."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from redone.experiment import Design, Goal, assign

START = date(2026, 3, 2)


@pytest.fixture
def design() -> Design:
    return Design(
        name="made",
        goals=(
            Goal(metric="click_page_rate", baseline=0.2, change=0.2),
            Goal(metric="harmful_exposure_rate", baseline=0.1, change=0.3),
            Goal(metric="advertiser_value", role="guardrail", baseline=3.0, change=0.1, margin=0.2),
        ),
        days=6,
    )


@pytest.fixture
def make_log(design):
    def make(units=1200, clicks=0.0, harm=0.0, seed=0, days=6, before=3, plan=None):
        rng = np.random.default_rng(seed)
        rows = []
        for number in range(units):
            unit = f"u{number}"
            arm = assign(plan or design, unit)
            rate, ready = rng.gamma(2, 1), rng.beta(4, 16)
            for day in range(-before, days):
                treated = arm == "treatment" and day >= 0
                for _ in range(rng.poisson(rate)):
                    clicked = rng.random() < min(1, ready * (1 + clicks * treated))
                    harmful = rng.random() < 0.1 * (1 - harm * treated)
                    rows.append(
                        (unit, arm, START + timedelta(day), "during" if day >= 0 else "before",
                         False, harmful, clicked, float(rng.exponential(1)))
                    )  # fmt: skip
        names = ["unit", "arm", "day", "phase", "withheld", "harmful", "clicked", "value"]
        return pl.DataFrame(rows, schema=names, orient="row")

    return make
