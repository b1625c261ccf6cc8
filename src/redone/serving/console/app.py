"""The console as a service: the page, what it asks for, and the applications when there is a model."""

from __future__ import annotations

from pathlib import Path

from redone.serving.apps.brains import LocalBrain
from redone.serving.console.api import api_routes
from redone.serving.console.page import OPEN_PATHS, page_routes
from redone.serving.console.places import Places
from redone.serving.engine import Engine
from redone.serving.http.app import Service
from redone.serving.http.apps_api import AppDefaults, app_routes
from redone.serving.http.settings import ServiceSettings


def console_service(
    root: Path,
    settings: ServiceSettings,
    *,
    engine: Engine | None = None,
    model: str = "",
    defaults: AppDefaults | None = None,
) -> Service:
    """The service that shows the folder ``root``.

    Raises:
        UserError: there is no such folder.

    """
    places, defaults = Places(root), defaults or AppDefaults()
    service = Service(settings, engine)
    service.front.open_paths |= frozenset(OPEN_PATHS)
    service.add(page_routes())
    service.add(api_routes(places, engine, model, policy=defaults.policy is not None))
    if engine is not None:
        service.add(app_routes(LocalBrain(engine), defaults, service.meters))
    return service
