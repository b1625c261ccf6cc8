import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def fake() -> ModuleType:
    """The module fake_run.py, which is also a script."""
    path = Path(__file__).with_name("fake_run.py")
    spec = importlib.util.spec_from_file_location("fake_run", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch) -> None:
    """What a power cut would do is not tested here, and fsync is most of the time of a fake run."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def quiet():
    """Options whose display collects text instead of showing it."""
    from io import StringIO

    from rich.console import Console

    from redone.recipe.progress import Display
    from redone.recipe.runner import RunOptions

    def options(**changes):
        stream = StringIO()
        made = RunOptions(display=Display(Console(file=stream, width=200)), **changes)
        return made, stream

    return options
