"""Loops over the bytes of Arrow text columns, where a Polars expression would take several passes."""
