"""Running a suite on a model: answers stored as they arrive, resumed where they stopped."""

from redone.bench.runner.answerers import Answer, Answerer, EndpointAnswerer
from redone.bench.runner.local import LocalAnswerer
from redone.bench.runner.run import RunSettings, open_answerer, run_suite

__all__ = [
    "Answer",
    "Answerer",
    "EndpointAnswerer",
    "LocalAnswerer",
    "RunSettings",
    "open_answerer",
    "run_suite",
]
