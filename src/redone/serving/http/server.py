"""Running the service: uvicorn on a socket, and a stop that lets requests end."""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import uvicorn

from redone.serving.http.app import Service


class DrainingServer(uvicorn.Server):
    """On SIGTERM or Ctrl-C no request is taken any more, and those under way end; a second signal ends them."""

    def __init__(self, service: Service, on_ready: Callable[[int], None] | None = None) -> None:
        settings = service.settings
        super().__init__(
            uvicorn.Config(
                service.app,
                host=settings.host,
                port=settings.port,
                log_level="warning",
                access_log=False,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
                h11_max_incomplete_event_size=65_536,
            )
        )
        self._service = service
        self._on_ready = on_ready

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Open the socket, then say where."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started and self._on_ready is not None:
            self._on_ready(self.servers[0].sockets[0].getsockname()[1])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain first."""
        self._service.front.draining = True
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals while serving; afterwards they are done with, so that a drained stop exits with 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        taken = (signal.SIGINT, signal.SIGTERM)
        before = {sig: signal.signal(sig, self.handle_exit) for sig in taken}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


def serve(service: Service, on_ready: Callable[[int], None] | None = None) -> None:
    """Serve until a signal. ``on_ready`` is told the port once connections are taken."""
    # The decoding thread and the event loop share the interpreter: short turns keep both prompt.
    sys.setswitchinterval(0.001)
    gc.freeze()  # what was loaded stays; looking through it for garbage again and again would hold up answers
    if service.engine is not None:
        service.engine.start()
    try:
        DrainingServer(service, on_ready).run()
    finally:
        if service.engine is not None:
            service.engine.stop()
