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


@pytest.mark.parametrize(
    ("ends", "style", "above"),
    [([51.0, 75.0], "good", 1), ([40.0, 60.0], "even", 0), ([1.0, 50.0], "bad", 0)],
)
def test_a_file_is_marked_by_where_its_interval_lies(run, ends, style, above) -> None:
    told = {**RESULT, "files": {"Note-Gender": {**RESULT["files"]["Note-Gender"], "ci95": ends}}}
    (run / "result.json").write_text(json.dumps(told))
    page = page_of(run)
    assert page.count(f"chart mark {style}") >= 1
    assert f"in {above} of 1 files" in page
    assert "SNS-Bench" in page


def test_reading_nothing_has_a_mean_over_tasks_and_not_over_files(run) -> None:
    row = RESULT["files"]["Note-Gender"]
    scores = {"a1": ("a", 10.0), "a2": ("a", 30.0), "b": ("b", 60.0)}
    files = {
        name: {**row, "task": task, "baselines": {"same": base}} for name, (task, base) in scores.items()
    }
    (run / "result.json").write_text(json.dumps({**RESULT, "files": files}))
    assert "40.00</td><td></td>" in page_of(run)


def test_without_results_there_is_no_section(run) -> None:
    assert 'id="benchmarks"' not in page_of(run)


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 3}', '{"files": {"a": [1]}, "ci95": ["x"]}'])
def test_a_damaged_result_harms_nothing(run, text) -> None:
    (run / "result.json").write_text(text)
    page = page_of(run)
    assert "sns/result.json" in page or "62.50" not in page
