from datetime import timedelta

import numpy as np
import orjson
import polars as pl
import pytest

from redone.errors import UserError
from redone.experiment import (
    Design,
    Goal,
    Metric,
    analyze,
    analyze_file,
    read_design,
    write_analysis,
    write_design,
)
from redone.experiment.render import render


def reasons(analysis):
    return [finding.reason for finding in analysis.blocks]


def by_name(analysis):
    return {result.metric.name: result for result in analysis.results}


def test_planted_effects_are_found_and_shipped(design, make_log):
    analysis = analyze(make_log(clicks=0.5, harm=0.7), design)
    found = by_name(analysis)
    assert analysis.verdicts == {"treatment": "ship"}
    assert found["click_page_rate"].outcome == "better"
    assert found["harmful_exposure_rate"].outcome == "better"
    assert found["advertiser_value"].outcome == "holds"
    assert found["click_page_rate"].variance_kept < 0.95
    assert "treatment: better" in render(analysis)


def test_what_got_worse_is_harm(design, make_log):
    assert analyze(make_log(clicks=-0.6), design).verdicts == {"treatment": "harm"}


def test_no_difference_is_open_and_not_proven(design, make_log):
    assert analyze(make_log(), design).verdicts == {"treatment": "open"}


def test_a_broken_guardrail_stops_a_gain(design, make_log):
    log = make_log(clicks=0.5)
    treated = (pl.col("arm") == "treatment") & (pl.col("phase") == "during")
    log = log.with_columns(pl.when(treated).then(pl.col("value") * 0.4).otherwise("value").alias("value"))
    analysis = analyze(log, design)
    assert by_name(analysis)["advertiser_value"].outcome == "broken"
    assert analysis.verdicts == {"treatment": "harm"}


def test_a_sample_ratio_mismatch_gives_no_verdict(design, make_log):
    log = make_log(clicks=0.5)
    rng = np.random.default_rng(1)
    lost = [
        u for u in log.filter(pl.col("arm") == "treatment")["unit"].unique().sort() if rng.random() < 0.25
    ]
    analysis = analyze(log.filter(~pl.col("unit").is_in(lost)), design)
    assert reasons(analysis) == ["sample_ratio"]
    assert analysis.verdicts == {"treatment": "none"}
    assert {result.outcome for result in analysis.results} == {"none"}
    assert "units were lost" in render(analysis)


def test_a_missing_arm_gives_no_verdict(design, make_log):
    analysis = analyze(make_log().filter(pl.col("arm") == "control"), design)
    assert reasons(analysis)[0] == "missing_arm"
    assert analysis.verdicts == {"treatment": "none"}


@pytest.mark.parametrize("value", [False, True])
def test_zero_variance_gives_no_verdict(design, make_log, value):
    analysis = analyze(make_log().with_columns(pl.lit(value).alias("clicked")), design)
    assert reasons(analysis) == ["metric_zero_variance"]
    assert analysis.verdicts == {"treatment": "none"}
    assert by_name(analysis)["harmful_exposure_rate"].outcome != "none"


def test_a_metric_without_rows_gives_no_verdict(design, make_log):
    log = make_log().with_columns(pl.lit(None, pl.Boolean).alias("clicked"))
    assert reasons(analyze(log, design)) == ["metric_no_denominator"]


def test_units_in_two_arms_give_no_verdict(design, make_log):
    log = make_log()
    last = log.filter((pl.col("unit") == "u3") & (pl.col("phase") == "during")).tail(1)
    other = "control" if last["arm"][0] == "treatment" else "treatment"
    moved = last.with_columns(pl.lit(other).alias("arm"), (pl.col("day") + timedelta(days=1)))
    assert "two_arms" in reasons(analyze(pl.concat([log, moved]), design))


def test_a_log_of_another_salt_is_noticed(design, make_log):
    other = design.model_copy(update={"salt": "2"})
    log = make_log()
    assert "reassigned" in reasons(analyze(log, other))
    assert not reasons(analyze(log, other.model_copy(update={"hashed": False})))


def test_rows_of_an_unknown_arm_give_no_verdict(design, make_log):
    log = make_log()
    log = log.with_columns(
        pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("ghost")).otherwise("arm").alias("arm")
    )
    assert "unknown_arm" in reasons(analyze(log, design))


def test_an_exposure_delivered_twice_is_counted_once(design, make_log):
    log = make_log(units=400).with_columns(pl.format("e{}", pl.int_range(pl.len())).alias("event"))
    twice = analyze(pl.concat([log, log.head(50)]), design)
    assert twice.repeated == 50
    assert twice.to_json()["results"] == analyze(log, design).to_json()["results"]


def test_the_order_of_rows_does_not_matter(design, make_log):
    log = make_log(units=400)
    mixed = log.sample(fraction=1.0, shuffle=True, seed=4)
    assert analyze(mixed, design).verdicts == analyze(log, design).verdicts
    one, other = (by_name(analyze(x, design))["click_page_rate"].low[-1] for x in (log, mixed))
    assert one == pytest.approx(other, rel=1e-12)


def test_early_and_late_looks(design, make_log):
    few = analyze(make_log(units=60), design)
    assert reasons(few)[0] == "few_units"
    once = design.model_copy(update={"looks": "once", "days": 30})
    assert reasons(analyze(make_log(units=400), once)) == ["before_end"]
    ended = design.model_copy(update={"looks": "once"})
    assert analyze(make_log(clicks=0.5, harm=0.7), ended).verdicts == {"treatment": "ship"}


def test_a_p_value_never_grows_while_one_peeks(design, make_log):
    for result in analyze(make_log(), design).results:
        assert (np.diff(result.p_values) <= 0).all()


def test_three_arms_share_one_error_rate(make_log):
    plan = Design(
        name="three", arms={"control": 1, "treatment": 1, "other": 1}, goals=(Goal(metric="click_page_rate"),)
    )
    analysis = analyze(make_log(clicks=0.6, plan=plan), plan)
    assert set(analysis.verdicts) == {"treatment", "other"}
    assert analysis.verdicts["treatment"] == "ship"
    assert analysis.verdicts["other"] == "open"


def test_a_column_of_ones_own_is_measured(make_log):
    own = Metric(name="saves", column="saved", aim="up")
    plan = Design(name="made", goals=(Goal(metric="saves"),), metrics=(own,))
    log = make_log(units=400).with_columns((pl.col("value") > 1).alias("saved"))
    assert by_name(analyze(log, plan))["saves"].metric == own
    with pytest.raises(UserError, match="column 'saved' is missing"):
        analyze(make_log(units=20), plan)


def test_files_round(tmp_path, design, make_log):
    write_design(tmp_path / "experiment.json", design)
    assert read_design(tmp_path / "experiment.json") == design
    make_log(units=300).write_parquet(tmp_path / "log.parquet")
    path = write_analysis(tmp_path / "out", analyze_file(tmp_path / "log.parquet", design))
    row = orjson.loads(path.read_bytes())
    assert row["schema"] == 1
    assert len(row["results"][0]["looks"]["day"]) == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"goals": [{"metric": "clicks"}]}, "'clicks' is no metric"),
        ({"goals": [{"metric": "click_page_rate", "role": "guardrail"}]}, "at least one decision metric"),
        ({"arms": {"control": 1}}, "give at least two"),
        ({"arms": {"control": 1, "b": 0}}, "arms.b"),
        ({"buckets": [5, 5]}, "buckets are"),
        ({"alpha": 2}, "alpha"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_wrong_design_is_named(tmp_path, change, message):
    path = tmp_path / "experiment.json"
    path.write_bytes(orjson.dumps({"name": "x", "goals": [{"metric": "click_page_rate"}]} | change))
    with pytest.raises(UserError, match=message):
        read_design(path)
