"""``redone console``: runs, answers and experiments in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HELP = """Show runs, answers and experiments of a folder in the browser. Nothing in the folder is written.

Loopback by default. Another --host needs an API key in the environment variable that --api-key-env names;
the page asks for it.

\b
Examples:
  redone console runs
  redone console runs --port 8090
  redone console runs --model runs/demo/model --policy policy.yaml
"""


def console(
    runs: Annotated[
        Path, typer.Argument(metavar="RUNS", help="Folder with runs and experiments, or one of them.")
    ],
    port: Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.")] = 8080,
    model: Annotated[
        Path | None, typer.Option("--model", help="Model folder for the applications and for scoring tokens.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    key_variable: Annotated[
        str, typer.Option("--api-key-env", help="Environment variable that holds the API key.")
    ] = "REDONE_API_KEY",
    device: Annotated[str, typer.Option("--device", help="cpu or cuda.")] = "cpu",
    dtype: Annotated[str, typer.Option("--dtype", help="float32, bfloat16 or float16.")] = "float32",
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Policy document of the applications.")
    ] = None,
    calibration: Annotated[Path | None, typer.Option("--calibration", help="calibration.json")] = None,
) -> None:
    """Serve the console."""
    from redone.serving.apps.calibration import Calibration, read_calibration
    from redone.serving.apps.policy import read_policy
    from redone.serving.console.app import console_service
    from redone.serving.engine import EngineSettings
    from redone.serving.http.apps_api import AppDefaults
    from redone.serving.http.server import serve
    from redone.serving.http.settings import ServiceSettings, is_loopback, read_key
    from redone.serving.start import model_name, open_engine

    key = read_key(key_variable, needed=not is_loopback(host))
    settings = ServiceSettings(host=host, port=port, api_key=key, drain_seconds=3.0)
    defaults = AppDefaults(
        policy=read_policy(policy) if policy else None,
        calibration=read_calibration(calibration) if calibration else Calibration(),
    )
    engine = open_engine(model, EngineSettings(max_rows=16), device=device, dtype=dtype) if model else None
    name = model_name(model) if model else ""
    service = console_service(runs, settings, engine=engine, model=name, defaults=defaults)
    shown = f"[{host}]" if ":" in host else host
    serve(service, lambda port: typer.echo(f"console at http://{shown}:{port}/", err=True))
