"""Benchmark suites on the page of a run: shown where they were run, harmless where they are damaged."""

import json

import pytest

from redone.report import write_report

RESULT = {
    "schema": 1,
    "suite": "sns-bench",
    "scoring": "fixed",
    "score": 31.5,
    "ci95": [29.0, 34.0],
    "notes": ["only the first 12 items of each file: no score of the suite", "<script>alert(1)</script>"],
    "files": {
        "Note-Gender": {
            "score": 62.5,
            "ci95": [50.0, 75.0],
            "n": 193,
            "unread": 4,
            "task": "Gender",
            "metric": "accuracy",
            "baselines": {"always Yes": 49.22, "always No": 50.78},
            "ceiling": None,
            "licence": "CC BY-NC-SA 4.0",
        }
    },
}


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run" / "bench" / "sns"
    folder.mkdir(parents=True)
    return folder


def page_of(run) -> str:
    return write_report(run.parents[1]).read_text(encoding="utf-8")


def test_a_suite_is_shown_with_interval_and_baseline(run) -> None:
    (run / "result.json").write_text(json.dumps(RESULT))
    page = page_of(run)
    for part in (
        'id="benchmarks"',
        "Note-Gender",
        "62.50",
        "50.00–75.00",
        "50.78",
        "always No",
        "31.50",
        "CC BY-NC-SA",
    ):
        assert part in page
    assert "<script>" not in page


def test_without_results_there_is_no_section(run) -> None:
    assert 'id="benchmarks"' not in page_of(run)


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 3}', '{"files": {"a": [1]}, "ci95": ["x"]}'])
def test_a_damaged_result_harms_nothing(run, text) -> None:
    (run / "result.json").write_text(text)
    page = page_of(run)
    assert "sns/result.json" in page or "62.50" not in page
