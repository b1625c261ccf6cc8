"""Shard steps: one table in, one table out; a step sees one shard at a time."""
