"""What can keep a cell from becoming a job, and what is worth telling about it.

A capture collects every `Problem` before it refuses, so that one look at the message is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence, Tuple

from hubkin_magics.i18n import _, said

MESSAGES: Mapping[str, str] = {
    "line": _("Line {line}"),
    "line_of": _("{origin}, line {line},"),
    "this_kernel": _("this kernel"),
    "used_by": _(", used by {user},"),
    "syntax_error": _("Line {line} is not valid Python: {reason}."),
    "magic_refused": _("Line {line}: `{text}` cannot run in a job; a job has no notebook around it."),
    "get_ipython_refused": _("{where} calls get_ipython(); a job has no notebook around it."),
    "input_refused": _("{where} calls input(); nobody is there to answer in a job."),
    "shell_after_statement": _(
        "Line {line}: `{text}` must stand before the first statement to run in a job."
    ),
    "shell_uses_python": _("Line {line}: `{text}` uses a Python value; write the value out."),
    "live_object": _("`{name}`{used_by} is a live {type} from {origin}; a job starts with a fresh Python."),
    "too_large": _("`{name}`{used_by} is a literal of {size}; only literals up to 4 kB are taken."),
    "undefined": _(
        "`{name}`{used_by} is not defined in this kernel (line {line}). Run the cell that defines it."
    ),
    "ran_as_job": _(
        "`{name}`{used_by} is defined in In[{number}], which ran as a job, not in this kernel. "
        "Move it to a cell of its own and run that."
    ),
    "undefined_later": _(
        "`{name}`{used_by} is not defined in this kernel; the job fails where it is used (line {line})."
    ),
    "notebook_only": _("`{name}`{used_by} exists only in a notebook (line {line})."),
    "not_executed": _("In[{number}] was not run in this kernel, so --include {number} has nothing to add."),
    "unknown_name": _("--send {name}: no such name in this kernel."),
    "not_sendable": _("{name} cannot be sent: {reason}."),
    "send_too_large": _("--send: the values take more than 10 MB; put them in a file and add it by --with."),
    "unknown_param": _("-p {name}: the cell has no such parameter. It has: {known}."),
    "no_params": _(
        "-p {name}: the cell has no parameters; end it with main() or begin it with NAME = value."
    ),
    "bad_param": _("-p {name}={value}: expected {type}."),
    "missing_file": _("--with {path}: no such file."),
    "missing_folder": _("--code {path}: no such folder."),
    "outside_folder": _("--with {path}: the file is outside the code folder {root}."),
    "modules_too_large": _(
        "The modules that this cell imports take {size}; at most 20 MB travel. The largest: {largest}."
    ),
    "files_too_large": _(
        "The files to take along have {size}; at most {limit} travel. The largest: {largest}."
    ),
    "empty_cell": _("The cell is empty: there is nothing to run."),
    "path_clash": _("Both {one} and {other} would become {path} in the code folder."),
    "path_not_taken": _("`{path}` (line {line}) exists here but does not travel with the job."),
    "absolute_data_path": _(
        '`{path}` (line {line}) is an absolute path; hubkin.data("{name}") is the same everywhere.'
    ),
    "input_not_literal": _(
        "{where} asks for a name that only the run knows; say what it reads with {option}."
    ),
    "bad_reference": _(
        "{where} asks for '{reference}', which names no version. Write NAME, NAME@v3 or OWNER/NAME@v3."
    ),
    "input_clash": _(
        "{where} asks for '{reference}', another place for '{other}'; a job has one '{name}'. "
        "Say which: {option} {name}={reference}."
    ),
    "dropped_magic": _("`{text}` is left out: it has no meaning in a job."),
    "pip_noted": _(
        "Packages asked for: {packages}. The job uses this kernel's Python, which has what you installed."
    ),
    "changed_after": _("In[{number}] changes `{name}` after it was made; the change is not taken."),
    "bare_names": _("Nothing was taken along, though the cell uses {names}."),
    "module_outside": _("The module {name} comes from {path}, which does not travel with the job."),
    "compiled_module": _("The compiled module {path} does not travel with the job."),
    "skipped_link": _("The link {path} is left out: it leads out of the code folder."),
    "by_value": _("Sent values need cloudpickle in the job's Python as well."),
}

FIXES: Mapping[str, str] = {
    "include": _("Add --include {number} to run In[{number}] in the job as well."),
    "send": _("Add --send {name} to send its value ({size})."),
    "with": _("Add --with {path}."),
    "use_setup": _("Move it to the top of the cell."),
}


@dataclass(frozen=True)
class Fix:
    """A way out: the option to add to the first line, and the sentence that says so."""

    code: str
    option: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Return the sentence in the reader's language."""
        return said(FIXES[self.code], self.params)


@dataclass(frozen=True)
class Problem:
    """One reason for a refusal, or one warning: a stable code, its values, and the ways out."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    fixes: Tuple[Fix, ...] = ()
    line: Optional[int] = None

    @property
    def text(self) -> str:
        """Return what is wrong and what to do, in the reader's language."""
        sentences = [said(MESSAGES[self.code], self.params)] + [fix.text for fix in self.fixes]
        # Chinese sentences end in a full stop as wide as a space.
        return ("" if sentences[0].endswith("。") else " ").join(sentences)


class Refused(Exception):
    """The cell cannot become a job as it stands; nothing was sent anywhere."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems: Tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(problem.text for problem in self.problems))


def size_text(size_bytes: int) -> str:
    """Return a size as people read it: ``812 B``, ``4 kB``, ``1.2 MB``."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 999_500:
        return f"{size_bytes / 1000:.0f} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"
