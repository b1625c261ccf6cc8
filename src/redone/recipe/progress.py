"""What the user sees while a run goes on: a bar with the time left, or plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

PLAIN_SECONDS = 10.0
"""Without a terminal a line at most this often."""


class StageProgress(Protocol):
    """What a stage reports to. ``part`` names what is going on: "rollouts", "evaluation", "soft labels"."""

    def advance(self, step: int, total: int, part: str = "", **figures: float) -> None:
        """Say that ``step`` of ``total`` steps are done, with a few figures worth showing."""

    def note(self, text: str) -> None:
        """Show a line that stays."""

    def warn(self, text: str) -> None:
        """Show a line that stays and stands out."""


class Silent:
    """Shows nothing."""

    def advance(self, step: int, total: int, part: str = "", **figures: float) -> None:
        """Keep it quiet."""

    def note(self, text: str) -> None:
        """Keep it quiet."""

    def warn(self, text: str) -> None:
        """Keep it quiet."""


class Display:
    """Lines and bars on a console. Text from data is shown as it is, never as markup."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)

    def say(self, text: str, style: str = "") -> None:
        """Show a line that stays."""
        self.console.print(Text(text, style=style), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Show a line that stays and stands out."""
        self.say(f"warning: {text}", style="bold yellow")

    @contextmanager
    def stage(self, label: str) -> Iterator[StageProgress]:
        """Yield the progress of one stage, called ``label`` on the screen."""
        if not self.console.is_terminal:
            yield _Lines(self, label)
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}", markup=False),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            yield _Bar(self, progress, label)


class _Bar:
    def __init__(self, display: Display, progress: Progress, label: str) -> None:
        self._display, self._progress, self._label = display, progress, label
        self._part = ""
        self._task: TaskID | None = None

    def advance(self, step: int, total: int, part: str = "", **figures: float) -> None:
        if self._task is None or part != self._part:
            # A new bar per part, so that the time left is not guessed from the pace of another kind of work.
            if self._task is not None:
                self._progress.remove_task(self._task)
            name = f"{self._label}: {part}" if part else self._label
            # What a former run had done is no pace of this one.
            self._task = self._progress.add_task(name, total=total, completed=step, figures="")
            self._part = part
        self._progress.update(self._task, completed=step, total=total, figures=_figures(figures))

    def note(self, text: str) -> None:
        self._display.say(text)

    def warn(self, text: str) -> None:
        self._display.warn(text)


class _Lines:
    def __init__(self, display: Display, label: str) -> None:
        self._display, self._label = display, label
        self._part: str | None = None
        self._first_step, self._began, self._shown = 0, 0.0, 0.0
        self._ended = False

    def advance(self, step: int, total: int, part: str = "", **figures: float) -> None:
        now = time.monotonic()
        if part != self._part:
            self._part, self._first_step, self._began, self._shown = part, step, now, now
            self._ended = False
            return
        # A total may be an estimate that packing exceeds by a few steps: the end is said once.
        at_end = step >= total and not self._ended
        if now - self._shown < PLAIN_SECONDS and not at_end:
            return
        self._shown, self._ended = now, step >= total
        done = step - self._first_step
        left = (now - self._began) / done * (total - step) if done else 0.0
        name = f"{self._label}: {part}" if part else self._label
        tail = f", about {duration(left)} left" if step < total else ""
        self._display.say(" ".join(filter(None, (f"{name} {step}/{total}{tail}", _figures(figures)))))

    def note(self, text: str) -> None:
        self._display.say(text)

    def warn(self, text: str) -> None:
        self._display.warn(text)


def duration(seconds: float) -> str:
    """Return a time for people: ``45 s``, ``3 min 5 s``, ``2 h 10 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _figures(figures: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.3g}" for name, value in figures.items())
