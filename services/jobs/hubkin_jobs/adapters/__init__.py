"""Backends: one file per foreign world."""
