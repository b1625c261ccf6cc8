"""The tests of an experiment, one idea per file. Everything broadcasts over leading axes (experiments, days)."""
