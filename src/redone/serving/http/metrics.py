"""Numbers for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from redone.serving.engine import Engine

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Meters:
    """Counts of this service in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "redone_requests", "Requests by route and status.", ("route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "redone_request_seconds",
            "Time to the end of the reply.",
            ("route",),
            registry=self.registry,
            buckets=SECONDS,
        )
        self._verdicts = Counter(
            "redone_app_results", "Results of the applications.", ("app", "result"), registry=self.registry
        )

        self._known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def request(self, route: str, status: int, seconds: float) -> None:
        """A request has ended."""
        known = self._known.get((route, status))
        if known is None:
            known = self._requests.labels(route, str(status)), self._seconds.labels(route)
            self._known[route, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def result(self, app: str, result: str) -> None:
        """An application gave a result (a verdict, a changed or kept title)."""
        self._verdicts.labels(app, result).inc()

    def watch(self, engine: Engine) -> None:
        """Show what the engine does as well."""
        self.registry.register(_EngineCollector(engine))

    def page(self) -> bytes:
        """The page in Prometheus' text format."""
        return generate_latest(self.registry)


class _EngineCollector(Collector):
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterable[Metric]:
        counts, engine = self.engine.counts, self.engine
        yield GaugeMetricFamily("redone_rows", "Answers being decoded.", engine.num_rows)
        yield GaugeMetricFamily("redone_waiting", "Requests that wait for a row.", engine.num_waiting)
        yield GaugeMetricFamily(
            "redone_prefix_tokens", "Tokens in the prefix cache.", engine.num_prefix_tokens
        )
        tokens = CounterMetricFamily("redone_tokens", "Tokens read and drawn.", labels=("kind",))
        tokens.add_metric(["prompt"], counts.prompt_tokens)
        tokens.add_metric(["cached"], counts.cached_tokens)
        tokens.add_metric(["answer"], counts.answer_tokens)
        yield tokens
        ends = CounterMetricFamily("redone_answers", "Requests to the engine by end.", labels=("end",))
        for name in ("answered", "cancelled", "timeouts"):
            ends.add_metric([name], getattr(counts, name))
        yield ends
        yield CounterMetricFamily("redone_steps", "Decode steps.", counts.steps)
        yield CounterMetricFamily("redone_faults", "Steps that broke.", counts.faults)
