"""``redone serve``: a model behind OpenAI's interface, with the applications."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from redone.serving.http.apps_api import AppDefaults

HELP = """Serve a model folder: OpenAI's interface, the applications, health and metrics.

Loopback by default. Another --host needs an API key in the environment variable that --api-key-env names.

\b
Examples:
  redone serve runs/demo/model
  redone serve runs/demo/model --port 8080 --name redone
  redone serve --upstream http://127.0.0.1:9000/v1 --name my-model
"""


def serve(
    model: Annotated[Path | None, typer.Argument(metavar="[MODEL]", help="Model folder.")] = None,
    port: Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.")] = 8000,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    name: Annotated[str, typer.Option("--name", help="What clients call the model.")] = "",
    key_variable: Annotated[
        str, typer.Option("--api-key-env", help="Environment variable that holds the API key.")
    ] = "REDONE_API_KEY",
    device: Annotated[str, typer.Option("--device", help="cpu or cuda.")] = "cpu",
    dtype: Annotated[str, typer.Option("--dtype", help="float32, bfloat16 or float16.")] = "float32",
    kernels: Annotated[
        str, typer.Option("--kernels", help="Products in f32 on a CPU: onednn, or torch's own.")
    ] = "onednn",
    max_rows: Annotated[int, typer.Option("--max-rows", min=1, help="Answers decoded together.")] = 128,
    max_waiting: Annotated[int, typer.Option("--max-waiting", min=1, help="Requests that may wait.")] = 512,
    seconds: Annotated[float, typer.Option("--seconds", min=1.0, help="Longest time of a request.")] = 120.0,
    rate: Annotated[
        int | None, typer.Option("--rate", min=0, help="Requests per minute and client; 0: no limit.")
    ] = None,
    drain: Annotated[
        float, typer.Option("--drain", min=0.0, help="Seconds for open requests at a stop.")
    ] = 30.0,
    upstream: Annotated[str, typer.Option("--upstream", help="Base URL of another server's model.")] = "",
    upstream_key: Annotated[
        str, typer.Option("--upstream-key-env", help="Environment variable of the other server's key.")
    ] = "",
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Policy document of the applications.")
    ] = None,
    calibration: Annotated[Path | None, typer.Option("--calibration", help="calibration.json")] = None,
) -> None:
    """Serve a model."""
    from redone.errors import UserError
    from redone.serving.engine import EngineSettings
    from redone.serving.http.server import serve as run
    from redone.serving.http.settings import ServiceSettings, is_loopback, read_key
    from redone.serving.start import model_name, model_service, open_engine, read_kernels, upstream_service
    from redone.serving.upstream import Upstream, UpstreamSettings

    key = read_key(key_variable, needed=not is_loopback(host))
    if rate is None:
        rate = 0 if is_loopback(host) else 600
    settings = ServiceSettings(host=host, port=port, api_key=key, rate=rate, drain_seconds=drain)
    defaults = _app_defaults(policy, calibration, settings.max_items)
    if bool(upstream) == (model is not None):
        raise UserError("name a model folder or --upstream URL, one of the two")
    if model is not None:
        limits = EngineSettings(
            max_rows=max_rows, max_waiting=max_waiting, seconds=seconds, kernels=read_kernels(kernels)
        )
        engine = open_engine(model, limits, device=device, dtype=dtype)
        name = name or model_name(model)
        service = model_service(engine, name, settings, defaults)
    else:
        other = UpstreamSettings(url=upstream, model=name, key_variable=upstream_key, seconds=seconds)
        service = upstream_service(Upstream(other), settings, defaults)
    shown = f"[{host}]" if ":" in host else host
    run(service, lambda port: typer.echo(f"{name} at http://{shown}:{port}/v1", err=True))


def _app_defaults(policy: Path | None, calibration: Path | None, max_items: int) -> AppDefaults:
    """What a request to the applications has where it does not say it itself."""
    from redone.serving.apps.calibration import Calibration, read_calibration
    from redone.serving.apps.policy import read_policy
    from redone.serving.http.apps_api import AppDefaults

    return AppDefaults(
        policy=read_policy(policy) if policy else None,
        calibration=read_calibration(calibration) if calibration else Calibration(),
        max_items=max_items,
    )
