"""What can go wrong with files, versions and uploads."""

from __future__ import annotations

from hubkin_kit.errors import Conflict, Gone, Invalid, NotAllowed, NotFound


class BadPath(Invalid):
    """A path that could leave its tree, or that nobody could see on a screen."""

    code = "bad_path"
    title = "The file name is not allowed"


class BadTree(Invalid):
    """The paths do not form a tree, or name objects that are not there."""

    code = "bad_tree"
    title = "The list of files is not valid"


class BytesDiffer(Invalid):
    """The bytes are not the ones that were announced."""

    code = "bytes_differ"
    title = "The bytes do not match their digest"


class TicketRefused(NotAllowed):
    """The ticket is not ours, is for something else, or has run out."""

    code = "ticket_refused"
    title = "This ticket does not open this object"


class UploadNotFound(NotFound):
    """No such upload of yours."""

    code = "not_found"
    title = "There is no such upload"


class UploadClosed(Conflict):
    """The upload was committed or has expired."""

    code = "upload_closed"
    title = "The upload is closed"


class VersionNotFound(NotFound):
    """No such version of yours."""

    code = "not_found"
    title = "There is no such version"


class BadReference(Invalid):
    """The text names no version of anything."""

    code = "bad_reference"
    title = "The reference is not valid"


class AmbiguousReference(Conflict):
    """Several groups of the caller have something of this name."""

    code = "ambiguous"
    title = "Several things have this name"


class ObjectGone(Gone):
    """The bytes were removed."""

    code = "object_gone"
    title = "The bytes are gone"
