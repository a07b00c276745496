"""What there is: accelerators, pools, profiles, shapes, the site file."""

from hubkin_resources.adapters.machine import this_machine
from hubkin_resources.domain.defaults import DEMO, default_site, demo_site
from hubkin_resources.domain.shapes import fits
from hubkin_resources.domain.site import Site, Smtp
from hubkin_resources.domain.sitefile import parse_site
from hubkin_resources.domain.sizes import format_size, parse_size
from hubkin_resources.domain.values import (
    Gpu,
    Machine,
    Pool,
    PoolKind,
    PoolState,
    Profile,
    Quota,
    Shape,
    Taken,
)
from hubkin_resources.errors import NeverFits, NoFreeUnits, NoProfile, OverRatio, SiteFileWrong, Unfit
from hubkin_resources.handlers import Market, routes
from hubkin_resources.service import (
    apply_site,
    give_back,
    no_longer_offered,
    pool_state,
    profile,
    profiles,
    take,
)

__all__ = [
    "DEMO",
    "Gpu",
    "Machine",
    "Market",
    "NeverFits",
    "NoFreeUnits",
    "NoProfile",
    "OverRatio",
    "Pool",
    "PoolKind",
    "PoolState",
    "Profile",
    "Quota",
    "Shape",
    "Site",
    "SiteFileWrong",
    "Smtp",
    "Taken",
    "Unfit",
    "apply_site",
    "default_site",
    "demo_site",
    "fits",
    "format_size",
    "give_back",
    "no_longer_offered",
    "parse_site",
    "parse_size",
    "pool_state",
    "profile",
    "profiles",
    "routes",
    "take",
    "this_machine",
]
