"""Configuration of the hub: ``configure(c)`` adds rights, services, pages, and on one machine the rest.

A hub's configuration file calls it last; see ``README.md`` for the three install levels.
"""

from hubkin_hub.config import configure
from hubkin_hub.settings import Hubkin

__all__ = ["Hubkin", "configure"]
