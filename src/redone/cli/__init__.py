"""Thin commands: they read arguments, call one function, and print."""
