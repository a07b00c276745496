"""Composition: settings in, application out; pages; the event stream."""

__version__ = "0.1.0"

__all__ = ["__version__"]
