"""How a version of a dataset or model is named: ``[owner/]name[@v3 | @alias]``; standard library only."""

from __future__ import annotations

import re

from hubkin.errors import Sentence
from hubkin.i18n import _

SLUG = r"[a-z0-9][a-z0-9-]{0,62}"
_REFERENCE = re.compile(rf"(?:(?P<owner>[^/\s][^/]{{0,254}})/)?(?P<name>{SLUG})(?:@(?P<version>{SLUG}))?")
_SLUG = re.compile(SLUG)
#: What a job calls its folders: kind → the beginning of the variable.
VARIABLES = {"dataset": "HUBKIN_DATA_", "model": "HUBKIN_MODEL_"}


class BadReference(Sentence, ValueError):
    """A text that names no version of anything."""

    code = "bad_reference"


def short_name(reference: str) -> str:
    """The name part, by which a job knows it: ``imagenet`` of ``lab/imagenet@v3``.

    >>> short_name("lab/imagenet@v3")
    'imagenet'

    Raises:
        BadReference: The text is no reference.
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        text = _("'{reference}' names no version. Write NAME, NAME@v3 or OWNER/NAME@v3.")
        raise BadReference(text.format(reference=reference[:80]))
    return found["name"]


def is_reference(text: str) -> bool:
    """Whether the text can name a version."""
    return _REFERENCE.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether the text can be a name in a job."""
    return _SLUG.fullmatch(text) is not None


def named(words: list[str]) -> dict[str, str]:
    """Read ``imagenet@v3`` and ``train=lab/imagenet@v3``: name in the job → reference.

    >>> named(["imagenet@v3", "train=lab/imagenet"])
    {'imagenet': 'imagenet@v3', 'train': 'lab/imagenet'}

    Raises:
        BadReference: A word is neither, or a name is given twice.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, reference = word.partition("=")
        if not equals:
            name, reference = short_name(word), word
        short_name(reference)
        if not is_name(name):
            text = _("The name '{name}' must be lower-case letters, digits and hyphens, at most 63.")
            raise BadReference(text.format(name=name[:80]))
        if found.setdefault(name, reference) != reference:
            text = _("'{name}' is given twice. Give one of them another name: other={reference}.")
            raise BadReference(text.format(name=name, reference=reference))
    return found


def variable_of(kind: str, name: str) -> str:
    """The variable that holds the folder in a job.

    >>> variable_of("model", "qwen-7b").removeprefix("HUBKIN_MODEL_")
    'QWEN_7B'
    """
    return VARIABLES[kind] + "".join(c if c.isalnum() else "_" for c in name).upper()
