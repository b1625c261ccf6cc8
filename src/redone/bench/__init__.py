"""Benchmarks: SNS-Bench, SNS-TransBench and General-Bench."""
