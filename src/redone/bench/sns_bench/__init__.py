"""SNS-Bench (ICML 2025): twelve files, eight tasks, the public scorer reproduced and a corrected one."""

from redone.bench.sns_bench.files import SNS_BENCH

__all__ = ["SNS_BENCH"]
