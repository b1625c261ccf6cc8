import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redone.report import words
from redone.report.charts.svg import Frame, drawing, short, tag, ticks
from redone.report.curves import read_curves, smoothed, thinned
from redone.report.reading import number, read_lines
from redone.report.scores import read_results
from redone.report.sections.settings import flat

FINITE = st.floats(-1e9, 1e9, allow_nan=False)
POINTS = st.lists(st.tuples(FINITE, FINITE), max_size=300)


@given(POINTS, st.integers(1, 80))
def test_thinning_keeps_the_mean_range_and_the_limit(points, limit):
    thin = thinned(points, limit)
    assert len(thin) == min(len(points), limit)
    if points:
        low, high = min(y for _, y in points), max(y for _, y in points)
        slack = 1e-6 * max(abs(low), abs(high), 1)
        assert all(low - slack <= y <= high + slack for _, y in thin)


@given(POINTS)
def test_smoothing_keeps_the_steps(points):
    assert [x for x, _ in smoothed(points)] == [x for x, _ in points]


@given(FINITE, st.floats(1e-6, 1e9), st.integers(2, 8))
def test_ticks_lie_inside_and_are_even(low, width, wanted):
    high = low + width
    marks = ticks(low, high, wanted)
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert all(low - slack <= m <= high + slack for m in marks)
    assert len(marks) <= 2 * wanted + 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.25, "0.25"), (3e-4, "3e\u22124"), (2.5e-4, "2.5e\u22124"), (-4.0, "\u22124"), (70.0, "70")],
)
def test_tick_labels(value, shown):
    assert short(value) == shown


def test_larger_values_are_higher_up():
    frame = Frame(left=0, top=0, right=10, bottom=100, x_range=(0, 1), y_range=(5, 5))
    assert frame.y(6) < frame.y(5)


@given(st.text())
def test_elements_escape_what_they_hold(text):
    made = str(drawing(1, 1, text, tag("text", text, class_=text)))
    assert made.count("<") == 3 + 0 * made.count("&lt;") + (1 if "</svg>" in made else 0)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_visible_text_can_be_written_and_has_no_hidden_controls(text):
    shown = words.visible(text)
    shown.encode("utf-8")
    assert not any(c in shown for c in "\u202e\u2066\u200b\u0000\u001b")


def test_emoji_sequences_and_chinese_stay_as_they_are():
    text = "\U0001f469\u200d\U0001f373 今天\n探店"
    assert words.visible(text) == text


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "\u2013"), (0.04, "0.0"), (-0.04, "0.0"), (3.25, "+3.2"), (-2.0, "\u22122.0")]
)
def test_changes_are_signed(value, shown):
    assert words.change(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "\u2013"), (59.6, "60 s"), (164, "2 min 44 s"), (7500, "2 h 05 min")]
)
def test_durations(seconds, shown):
    assert words.duration(seconds) == shown


def test_every_word_has_both_languages_and_the_same_places():
    for key, entry in words._table().items():
        assert set(entry) == {"en", "zh"}
        assert entry["en"]
        places = [set(re.findall(r"{(\w+)}", entry[lang])) for lang in ("en", "zh")]
        assert places[0] == places[1], key


@given(st.one_of(st.none(), st.booleans(), st.text(), FINITE, st.just(math.nan), st.just(10**400)))
def test_number_is_finite_or_nothing(value):
    result = number(value)
    assert result is None or math.isfinite(result)


def test_a_step_logged_twice_counts_once_as_logged_last():
    rows = [{"stage": "01-a", "step": s, "loss": v} for s, v in ((1, 9.0), (2, 8.0), (2, 7.0))]
    (curve,) = read_curves(rows, lambda name: name[3:])
    assert curve.stage == "a"
    assert curve.columns["loss"] == [(1.0, 9.0), (2.0, 7.0)]


def test_lines_of_a_missing_file_are_none_and_not_damaged(tmp_path):
    assert read_lines(tmp_path / "absent.jsonl").damaged == 0


def test_an_interval_is_a_pair_or_a_half_width():
    parts = {"greedy": {"score": 50, "ci95": 4}, "sampled": {"score": 50, "ci95": [46, 54]}}
    results = read_results({"stages": [{"name": "base", "suites": {"sns": parts}}]})
    for decoding in parts:
        estimate = results.stages[0].score("sns", decoding)
        assert (estimate.low, estimate.high) == (46, 54)


def test_the_headline_decoding_comes_first():
    parts = {"greedy": {"score": 50}, "sampled": {"score": 40}}
    raw = {"stages": [{"name": "base", "suites": {"sns": parts}}]}
    assert read_results({**raw, "headline": "greedy"}).decodings == ["greedy", "sampled"]
    assert read_results({**raw, "headline": "sampled"}).decodings == ["sampled", "greedy"]


def test_settings_are_flat_and_limited():
    deep: dict = {}
    inner = deep
    for _ in range(5000):
        inner["a"] = {}
        inner = inner["a"]
    assert flat(deep)
    assert flat({"a": {"b": [1, 2], "c": [{"d": 3}]}}) == [("a.b", "[1, 2]"), ("a.c[0].d", "3")]
    assert len(flat({str(i): i for i in range(5000)})) <= 601
