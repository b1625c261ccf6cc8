"""From a model folder to a service that can be run."""

from __future__ import annotations

import re
from pathlib import Path

import torch

from redone.errors import UserError
from redone.model import load_model
from redone.model.products import Kernels
from redone.serving.apps.brains import LocalBrain
from redone.serving.engine import Engine, EngineSettings
from redone.serving.http.app import Service
from redone.serving.http.apps_api import AppDefaults, app_routes
from redone.serving.http.openai_api import openai_routes
from redone.serving.http.settings import ServiceSettings
from redone.serving.upstream import Upstream, upstream_routes

_DEVICE = re.compile(r"cpu|cuda(:\d{1,3})?")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def open_engine(
    folder: Path, settings: EngineSettings, *, device: str = "cpu", dtype: str = "float32"
) -> Engine:
    """Load a model folder; the engine is not started.

    Raises:
        UserError: the folder is refused, the device is missing, or the dtype is unknown.

    """
    if dtype not in DTYPES:
        raise UserError(f"--dtype is {dtype!r}: choose from {', '.join(DTYPES)}")
    if not _DEVICE.fullmatch(device):
        raise UserError(f"--device is {device!r}: choose cpu, cuda, or one GPU as cuda:1")
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise UserError(f"--device is {device!r}, but torch sees no GPU; use cpu")
    model, chat = load_model(folder, dtype=DTYPES[dtype], device=device)
    chat.remembered = 0  # what strangers send is not kept
    return Engine(model, chat, settings)


def read_kernels(name: str) -> Kernels:
    """The kernels of that name. Raises ``UserError`` for another one."""
    known: dict[str, Kernels] = {"onednn": "onednn", "torch": "torch"}
    if name in known:
        return known[name]
    raise UserError(f"--kernels is {name!r}: choose onednn or torch")


def model_name(folder: Path) -> str:
    """What clients call the model: the folder's name, or its run's when the folder is just ``model``."""
    resolved = folder.resolve()
    return resolved.parent.name if resolved.name == "model" else resolved.name


def model_service(
    engine: Engine, name: str, settings: ServiceSettings, defaults: AppDefaults | None = None
) -> Service:
    """The service of one model, with the applications."""
    service = Service(settings, engine)
    service.add(openai_routes(engine, name, settings))
    service.add(app_routes(LocalBrain(engine), defaults or AppDefaults(), service.meters))
    return service


def upstream_service(
    upstream: Upstream, settings: ServiceSettings, defaults: AppDefaults | None = None
) -> Service:
    """The applications and limits in front of another server."""
    service = Service(settings, None)
    service.add(upstream_routes(upstream))
    service.add(app_routes(upstream, defaults or AppDefaults(), service.meters))
    return service
