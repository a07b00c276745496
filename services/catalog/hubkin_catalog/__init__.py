"""Versioned assets: datasets, code, models and images; blobs and lineage."""

from hubkin_catalog.adapters.directory import DirectoryStore
from hubkin_catalog.domain import Digest, File, Ticket, check_tree, clean_path, tree_digest
from hubkin_catalog.errors import BadPath, BadTree, BytesDiffer, ObjectGone, TicketRefused, VersionNotFound
from hubkin_catalog.handlers import routes
from hubkin_catalog.service import MAX_FILES, Catalog, Wanted, model_view

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
    "model_view",
    "routes",
    "tree_digest",
]
