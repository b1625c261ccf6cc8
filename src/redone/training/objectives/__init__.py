"""Losses over packed targets, one file each."""
