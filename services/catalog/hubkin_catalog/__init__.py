"""Versioned assets: datasets, code, models and images; blobs and lineage."""

from hubkin_catalog.adapters.directory import DirectoryStore
from hubkin_catalog.domain.references import written
from hubkin_catalog.domain.trees import Digest, File, Ticket, check_tree, clean_path, tree_digest
from hubkin_catalog.errors import BadPath, BadTree, BytesDiffer, ObjectGone, TicketRefused, VersionNotFound
from hubkin_catalog.handlers import routes
from hubkin_catalog.service.catalog import MAX_FILES, Catalog, Wanted
from hubkin_catalog.service.finding import find, find_again
from hubkin_catalog.service.views import models as model_views

__all__ = [
    "MAX_FILES",
    "BadPath",
    "BadTree",
    "BytesDiffer",
    "Catalog",
    "Digest",
    "DirectoryStore",
    "File",
    "ObjectGone",
    "Ticket",
    "TicketRefused",
    "VersionNotFound",
    "Wanted",
    "check_tree",
    "clean_path",
    "find",
    "find_again",
    "model_views",
    "routes",
    "tree_digest",
    "written",
]
