"""The ``redone`` command. Model libraries are loaded by the commands that need them: help is instant."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from redone.cli import (
    ablate,
    apply,
    bench,
    console,
    curate,
    doctor,
    experiment,
    export,
    ingest,
    init,
    plan,
    run,
    serve,
    tasks,
)
from redone.errors import AlreadySaid, Interrupted, RedoneError, UserError

app = typer.Typer(
    name="redone",
    help="Post-training of language models for social networking services: RedOne and RedOne 2.0.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("run", help=run.HELP)(run.run)
app.command("ablate", help=ablate.HELP)(ablate.ablate)
app.command("plan", help=plan.HELP)(plan.plan)
app.command("serve", help=serve.HELP)(serve.serve)
app.command("console", help=console.HELP)(console.console)
app.command("init", help=init.HELP)(init.init)
app.command("ingest", help=ingest.HELP)(ingest.ingest)
app.command("curate", help=curate.HELP)(curate.curate)
app.command("doctor", help=doctor.HELP)(doctor.doctor)
app.add_typer(apply.app, name="apply")
app.add_typer(tasks.app, name="tasks")
app.add_typer(bench.app, name="bench")
app.add_typer(experiment.app, name="experiment")
app.add_typer(export.app, name="export")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with the exit code that programs rely on.

    0 done, 1 our fault, 2 the user's input, 3 interrupted and resumable.
    """
    # Threads that wait spin for a moment and then sleep: long spinning slows a shared machine down tenfold, none
    # at all an idle one twofold. torch reads this when it is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.exit(execute(arguments))


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error becomes one message."""
    try:
        code = app(args=list(arguments) if arguments is not None else None, standalone_mode=False)
    except typer.TyperException as error:
        return _misused(error)
    except (typer.Abort, KeyboardInterrupt):
        if os.environ.get("RANK", "0") != "0":  # torchrun stops all of them; one says so
            return Interrupted.exit_code
        return _complain("stopped; the same command goes on", Interrupted.exit_code)
    except AlreadySaid as error:
        return error.exit_code
    except RedoneError as error:
        return _complain(str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever read our output went away (`redone tasks list | head`); that is not an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _refused_by_system(error)
    except Exception as error:
        return _fault(error)
    # 130 is what a Ctrl-C becomes that came before or after the part that can stop gently.
    return Interrupted.exit_code if code == 130 else int(code or 0)


def _misused(error: typer.TyperException) -> int:
    message = error.format_message()
    if message.startswith("Usage:"):
        typer.echo(message)
        return 0
    return _complain(f"{message} (redone --help lists commands and options)", UserError.exit_code)


def _complain(message: str, code: int) -> int:
    Console(stderr=True).print(Text(f"redone: {message}"), soft_wrap=True)
    return code


def _refused_by_system(error: OSError) -> int:
    """Say which path the file system refuses; what names no path is nobody's input."""
    if error.filename is None or error.errno is None:
        return _fault(error)
    from redone.recipe.durable import in_words

    problem = in_words(error.errno, error, Path(os.fsdecode(error.filename)))
    return _complain(str(problem), problem.exit_code)


def _fault(error: Exception) -> int:
    """Show where our own fault lies, in a few lines that can be reported."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    text = "\n".join(
        [f"unexpected {type(error).__name__}: {error}", *lines, "  (this is our fault; please report it)"]
    )
    if os.environ.get("REDONE_TRACEBACK"):
        traceback.print_exception(error)
    return _complain(text, RedoneError.exit_code)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"redone {installed('redone')}")
        raise typer.Exit


if __name__ == "__main__":
    main()
