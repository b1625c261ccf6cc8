"""How the service is offered: address, key, limits."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from functools import lru_cache

from redone.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Limits of the service. Every one has an answer: 408, 413, 429 or 503, with Retry-After where it helps.

    ``rate`` is requests per minute and client (0: none); ``body_seconds`` how long a body may take to
    arrive; ``drain_seconds`` how long requests under way may go on after SIGTERM.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    api_key: str = ""
    rate: int = 0
    max_body_bytes: int = 1_048_576
    body_seconds: float = 10.0
    max_tokens: int = 4096
    max_choices: int = 8
    max_items: int = 64
    """Notes in one call of an application."""
    drain_seconds: float = 30.0

    def __post_init__(self) -> None:
        if not is_loopback(self.host) and not self.api_key:
            raise UserError(
                f"--host {self.host} can be reached from other machines: set an API key in the environment "
                "variable that --api-key-env names (REDONE_API_KEY)"
            )
        least = min(self.max_body_bytes, self.max_tokens, self.max_choices, self.max_items)
        if least < 1 or self.rate < 0 or min(self.body_seconds, self.drain_seconds) <= 0:
            raise UserError("the service's limits must be at least 1, --rate at least 0")
        if not 0 <= self.port <= 65_535:
            raise UserError(f"--port is {self.port}: choose 1 to 65535, or 0 for any free one")

    def __repr__(self) -> str:
        return f"ServiceSettings(host={self.host!r}, port={self.port}, api_key={'set' if self.api_key else 'none'})"


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    name = host.strip("[]")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def read_key(variable: str, *, needed: bool) -> str:
    """The key in an environment variable; empty when there is none and none is needed.

    Raises:
        UserError: it is needed and not set, or too short to keep anybody out.

    """
    key = os.environ.get(variable, "").strip()
    if needed and not key:
        raise UserError(f"the environment variable {variable} is not set; put the API key there")
    if key and len(key) < 16:
        raise UserError(f"the key in {variable} has {len(key)} characters; use at least 16")
    return key
