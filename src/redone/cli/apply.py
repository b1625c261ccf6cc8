"""``redone apply``: the applications over Parquet files, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from redone.serving.apps.brains import Brain
    from redone.serving.offline import Progress, Work

app = typer.Typer(
    help="Run an application over a Parquet file of notes.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Model = Annotated[Path, typer.Option("--model", help="Model folder.")]
Input = Annotated[Path, typer.Option("--input", help="Parquet: id, title, body, language, entities.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Parquet file to write.")]
PolicyFile = Annotated[Path, typer.Option("--policy", help="Policy document (YAML or JSON).")]
Device = Annotated[str, typer.Option("--device", help="cpu or cuda.")]

HARMFUL_HELP = """Find harmful notes: verdict, category, severity, clause and span for every row.

\b
Example:
  redone apply harmful --model runs/demo/model --policy policy.yaml --input notes.parquet --out verdicts.parquet
"""
QUERIES_HELP = """Suggest searches after every note.

\b
Example:
  redone apply queries --model runs/demo/model --input notes.parquet --out queries.parquet
"""
TITLES_HELP = """Make titles anew; a title that would lose a fact is not changed.

\b
Example:
  redone apply titles --model runs/demo/model --input notes.parquet --out titles.parquet
"""
CALIBRATE_HELP = """Calibrate harmful-note detection on labelled notes (column harm: a category, or none).

Writes calibration.json and reliability.svg into OUT.

\b
Example:
  redone apply calibrate --model runs/demo/model --policy policy.yaml --input dev.parquet --out calibration
"""


@app.command("harmful", help=HARMFUL_HELP)
def harmful(
    model: Model,
    source: Input,
    out: Out,
    policy: PolicyFile,
    calibration: Annotated[Path | None, typer.Option("--calibration", help="calibration.json")] = None,
    device: Device = "cpu",
) -> None:
    """Find harmful notes."""
    from redone.serving.apps.calibration import Calibration, read_calibration
    from redone.serving.apps.harmful import judge
    from redone.serving.apps.policy import read_policy

    rules = read_policy(policy)
    fitted = read_calibration(calibration) if calibration else Calibration()
    with _brain(model, device) as brain:
        _run("harmful", lambda note: judge(brain, note, rules, fitted), source, out)


@app.command("queries", help=QUERIES_HELP)
def queries(
    model: Model,
    source: Input,
    out: Out,
    policy: Annotated[Path | None, typer.Option("--policy", help="Keeps unsafe queries back.")] = None,
    count: Annotated[int, typer.Option("--count", min=1, max=20, help="Queries per note.")] = 5,
    device: Device = "cpu",
) -> None:
    """Suggest searches."""
    from redone.serving.apps.policy import read_policy
    from redone.serving.apps.queries import QueryWishes, suggest

    wishes = QueryWishes(count=count, policy=read_policy(policy) if policy else None)
    with _brain(model, device) as brain:
        _run("queries", lambda note: suggest(brain, note, wishes), source, out)


@app.command("titles", help=TITLES_HELP)
def titles(
    model: Model,
    source: Input,
    out: Out,
    drafts: Annotated[int, typer.Option("--drafts", min=1, max=16, help="Candidates per note.")] = 6,
    device: Device = "cpu",
) -> None:
    """Make titles anew."""
    from redone.serving.apps.titles import TitleWishes, recreate

    wishes = TitleWishes(drafts=drafts)
    with _brain(model, device) as brain:
        _run("titles", lambda note: recreate(brain, note, wishes), source, out)


@app.command("calibrate", help=CALIBRATE_HELP)
def calibrate(
    model: Model,
    source: Input,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    policy: PolicyFile,
    accuracy: Annotated[
        float, typer.Option("--accuracy", min=0.5, max=1.0, help="Wanted of what no human sees.")
    ] = 0.95,
    device: Device = "cpu",
) -> None:
    """Calibrate harmful-note detection."""
    import asyncio

    from redone.serving.apps.calibration import draw_reliability, fit
    from redone.serving.apps.policy import read_policy
    from redone.serving.note_files import read_notes
    from redone.serving.offline import dev_scores, truths_of

    rows = list(read_notes(source))
    truths = truths_of(rows)
    with _brain(model, device) as brain, _progress() as progress:
        scores = asyncio.run(dev_scores(brain, rows, read_policy(policy), progress))
    fitted = fit(scores, truths, wanted_accuracy=accuracy)
    out.mkdir(parents=True, exist_ok=True)
    (out / "calibration.json").write_text(fitted.model_dump_json(indent=2) + "\n", encoding="utf-8")
    draw_reliability(out / "reliability.svg", scores, truths, fitted)
    typer.echo(
        f"{fitted.notes} notes: calibration error {fitted.error_before:.3f} -> {fitted.error_after:.3f}; "
        f"threshold {fitted.threshold:.3f}; under {fitted.review_below:.3f} a human decides "
        f"({fitted.review_share:.1%}), the rest is right in {fitted.accuracy:.1%}"
    )


@contextmanager
def _brain(model: Path, device: str) -> Iterator[Brain]:
    from redone.serving.apps.brains import LocalBrain
    from redone.serving.engine import EngineSettings
    from redone.serving.start import open_engine

    with open_engine(model, EngineSettings(seconds=3600.0), device=device) as engine:
        yield LocalBrain(engine)


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich import progress as bars
    from rich.console import Console

    with bars.Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("notes")

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


def _run(name: str, work: Work, source: Path, out: Path) -> None:
    import asyncio

    from redone.serving.offline import apply_to_parquet

    with _progress() as progress:
        applied = asyncio.run(apply_to_parquet(name, work, source, out, progress))
    typer.echo(f"{applied.rows} rows, {applied.problems} with a problem: {out}")
