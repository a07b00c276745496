"""The event stream: whole rows of what one may see, to browsers, servers and programs; it can be resumed."""

from hubkin_platform.events.fanout import Fanout, Render, Viewer, merge
from hubkin_platform.events.handlers import routes

__all__ = ["Fanout", "Render", "Viewer", "merge", "routes"]
