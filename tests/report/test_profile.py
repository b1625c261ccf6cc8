"""Profiles on the page: parts of a step, rates, dead groups; repeated steps count once; damage harms nothing."""

import json
from pathlib import Path

import pytest

from redone.report import write_report
from redone.report.profiles import PARTS, read_profile

HEAD = {"schema": 1, "device": "cpu", "dtype": "f32", "peak_flops": 1e11, "parameters": 10, "processes": 1}


def line(step: int, seconds: float = 2.0, dead: float | None = 0.25) -> dict:
    parts = dict.fromkeys(PARTS, 0.0) | {"sampling": 0.75 * seconds, "backward": 0.25 * seconds}
    counts = {"tokens": 100, "slots": 150, "generated": 40, "flops": 1e10, "mfu": 0.125}
    return {"step": step, "seconds": seconds, "parts": parts, "dead_groups": dead, **counts}


def test_steps_made_again_count_once_and_mini_batches_together() -> None:
    rows = [HEAD, line(0), line(1, 9.0), line(2, 9.0), HEAD, line(1), line(1), line(2, dead=None)]
    found = read_profile("a", rows)
    assert found is not None
    assert list(found.steps) == [1, 2, 3]
    assert found.steps[2].seconds == 4.0
    assert found.total("seconds") == 8.0
    assert found.points("tokens", "seconds") == [(1.0, 50.0), (2.0, 50.0), (3.0, 50.0)]
    assert found.points("dead") == [(1.0, 0.25), (2.0, 0.25)]
    assert found.share("sampling") == 75.0
    assert found.total("used") / found.total("seconds") == 0.125


def made(run: Path, text: str) -> str:
    (run / "stages" / "01-exploratory" / "profile.jsonl").write_text(text)
    return write_report(run).read_text()


def test_a_profile_is_on_the_page(run, read) -> None:
    page = made(run, "".join(json.dumps(row) + "\n" for row in [HEAD, *map(line, range(30))]))
    assert 'id="profile"' in page
    for shown in (
        "Seconds of a step, by part",
        "每秒词元",
        "Groups that taught nothing, %",
        "12.5",
        "sampling 75 %",
    ):
        assert shown in page, shown
    part = page[page.index('id="profile"') : page.index('id="samples"')]
    assert "Waiting" not in part, "a part that took nothing is left out"
    assert part.count("<svg") == 4


def test_without_a_profile_nothing_is_said(run) -> None:
    assert 'id="profile"' not in write_report(run).read_text()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "nonsense\n",
        json.dumps(HEAD),
        '{"step": 1, "seconds": 0}',
        '{"step": "x", "seconds": 1}\n{"st',
    ],
)
def test_a_strange_file_does_no_harm(run, text: str) -> None:
    assert 'id="profile"' not in made(run, text)


def test_lines_with_holes_do_no_harm(run) -> None:
    rows = [{"step": 0, "seconds": 1.0}, {"step": 1, "seconds": 1.0, "parts": {"new": 1, "reward": "x"}}]
    assert 'id="profile"' in made(run, "\n".join(map(json.dumps, rows)))
