"""Configuration of the hub: ``configure(c)`` adds rights, services, pages, and on one machine the rest.

A hub's configuration file calls it last; see ``README.md`` for the install levels.  Loaded late, because
`hubkin up` and its kin use the languages and the link from here and must not pay for the hub's imports.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubkin_hub.config import configure
    from hubkin_hub.settings import Hubkin

__all__ = ["Hubkin", "configure"]


def __getattr__(name: str) -> Any:
    if name == "configure":
        from hubkin_hub.config import configure

        return configure
    if name == "Hubkin":
        from hubkin_hub.settings import Hubkin

        return Hubkin
    raise AttributeError(name)
