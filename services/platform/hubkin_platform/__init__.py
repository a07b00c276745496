"""Composition: settings in, application out; pages and the processes that run it."""
