"""Loops under a lease: facts in, effects out; every step may be repeated after a crash."""
