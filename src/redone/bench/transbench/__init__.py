"""SNS-TransBench, published by its authors as RedTrans-Bench (arXiv 2504.07901)."""

from redone.bench.transbench.score import SNS_TRANSBENCH

__all__ = ["SNS_TRANSBENCH"]
