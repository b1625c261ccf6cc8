from io import StringIO

import pytest
from rich.console import Console

from redone.recipe import progress
from redone.recipe.progress import Display, duration


def test_without_a_terminal_there_are_plain_lines_with_the_time_left(monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = StringIO()
    with Display(Console(file=stream, width=100)).stage("exploratory") as stage:
        for step in range(31):
            stage.advance(step, 30, "rollouts", reward=0.5)
            now[0] += 1.0
        stage.warn("[bold]not markup[/bold]")
    lines = stream.getvalue().splitlines()
    assert lines == [
        "exploratory: rollouts 10/30, about 20 s left reward 0.5",
        "exploratory: rollouts 20/30, about 10 s left reward 0.5",
        "exploratory: rollouts 30/30 reward 0.5",
        "warning: [bold]not markup[/bold]",
    ]


def test_steps_beyond_an_estimated_total_are_not_a_line_each(monkeypatch) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = StringIO()
    with Display(Console(file=stream, width=100)).stage("base") as stage:
        for step in range(26):
            stage.advance(step, max(step, 20), "pretraining")
            now[0] += 0.1
    assert stream.getvalue().splitlines() == ["base: pretraining 20/20"]


def test_a_terminal_gets_a_bar_that_shows_text_as_it_is() -> None:
    stream = StringIO()
    console = Console(file=stream, force_terminal=True, width=120)
    with Display(console).stage("stage [red]") as stage:
        stage.advance(1, 10, "part [x]", loss=0.25)
        stage.advance(1, 5, "other part")
        stage.note("a line")
    said = stream.getvalue()
    assert "stage [red]: other part" in said
    assert "a line" in said
    assert "\x1b[?25h" in said, "the cursor is shown again"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (-1, "0 s")]
)
def test_durations_for_people(seconds, text) -> None:
    assert duration(seconds) == text
