"""From a notebook cell to the code folder of a job: what it needs, and where each line came from."""

from hubkin_magics.capture.capture import capture
from hubkin_magics.capture.folder import TreeFile
from hubkin_magics.capture.pieces import Taken
from hubkin_magics.capture.problems import Fix, Problem, Refused, size_text
from hubkin_magics.capture.shapes import Capture, Kernel, Options

__all__ = [
    "Capture",
    "Fix",
    "Kernel",
    "Options",
    "Problem",
    "Refused",
    "Taken",
    "TreeFile",
    "capture",
    "size_text",
]
