"""Packages that only benchmark scoring needs, loaded when the first score needs them."""

from __future__ import annotations

import logging
from functools import lru_cache
from importlib import import_module
from types import ModuleType

from redone.errors import UserError


@lru_cache(maxsize=1)
def jieba() -> ModuleType:
    """Return the Chinese word splitter, without its messages.

    Raises:
        UserError: it is not installed.

    """
    module = _load("jieba")
    module.setLogLevel(logging.WARNING)
    return module


@lru_cache(maxsize=1)
def demoji() -> ModuleType:
    """Return the emoji remover.

    Raises:
        UserError: it is not installed.

    """
    return _load("demoji")


def _load(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise UserError(f"scoring needs the package {name}: pip install 'redone[bench]'") from error
