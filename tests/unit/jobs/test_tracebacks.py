"""Remote tracebacks in the lines of the notebook."""

from __future__ import annotations

from hubkin import wire
from hubkin_jobs.domain.tracebacks import LineMap, place_of

LINES = LineMap.read(
    b'{"v": 1, "lines": [[5, 3, "In[3]", 10], [9, 2, "cell", 2]]}',
    execution_count=8,
)

TRACEBACK = """Traceback (most recent call last):
  File "/runs/a/code/.hubkin/cell.py", line 10, in <module>
    main()
    ~~~~^^
  File "/runs/a/code/.hubkin/cell.py", line 2, in <module>
    _hubkin_loop.run_until_complete(_hubkin_step())
  File "/lib/python3.11/asyncio/base_events.py", line 653, in run_until_complete
    return future.result()
           ^^^^^^^^^^^^^^^
  File "/runs/a/code/.hubkin/cell.py", line 9, in _hubkin_step
    await g()
  File "/runs/a/code/.hubkin/cell.py", line 7, in main
    return 1 / 0
  File "/runs/a/code/tools.py", line 2, in half
    return x / y
  File "/lib/python/json.py", line 7, in loads
    raise
ZeroDivisionError: division by zero"""


def an_error(**changes: object) -> wire.RemoteError:
    return wire.RemoteError(**{"rank": 0, "type": "E", "message": "m", "traceback": "", **changes})  # type: ignore[arg-type]


def test_lines_are_found_where_they_were_written() -> None:
    assert [LINES.find(line) for line in (5, 7, 8, 9, 10, 11)] == [
        ("In[3]", 10), ("In[3]", 12), None, ("In[8]", 2), ("In[8]", 3), None,
    ]  # fmt: skip


def test_a_traceback_names_cells_and_leaves_our_frames_and_our_folder_out() -> None:
    assert LINES.text(TRACEBACK).splitlines() == [
        "Traceback (most recent call last):",
        "  In[8], line 3, in <module>",
        "    main()",
        "    ~~~~^^",
        "  In[8], line 2, in <module>",
        "    await g()",
        "  In[3], line 12, in main",
        "    return 1 / 0",
        '  File "tools.py", line 2, in half',
        "    return x / y",
        '  File "/lib/python/json.py", line 7, in loads',
        "    raise",
        "ZeroDivisionError: division by zero",
    ]


def test_the_frames_of_an_error_are_mapped_too() -> None:
    frames = [
        wire.RemoteFrame(file=".hubkin/cell.py", line=9, function="<module>"),
        wire.RemoteFrame(file=".hubkin/cell.py", line=1, function="_hubkin_step"),
        wire.RemoteFrame(file="/lib/python3.11/asyncio/base_events.py", line=1, function="run"),
        wire.RemoteFrame(file="tools.py", line=1, function="f"),
    ]

    error = LINES.error(an_error(frames=frames))

    assert [(frame.file, frame.line) for frame in error.frames] == [("In[8]", 2), ("tools.py", 1)]


def test_a_message_that_names_the_jobs_file_names_the_cell() -> None:
    error = LINES.error(an_error(message="invalid syntax (cell.py, line 10)"))

    assert error.message == "invalid syntax (In[8], line 3)"


def test_a_job_of_no_cell_keeps_its_own_lines() -> None:
    frames = [wire.RemoteFrame(file="cell.py", line=9, function="<module>")]
    text = '  File "/home/ada/train.py", line 3, in <module>'

    error = LineMap().error(an_error(frames=frames, traceback=text, message="(cell.py, line 9)"))

    assert (error.frames, error.traceback, error.message) == (frames, text, "(cell.py, line 9)")


def test_what_an_error_says_cannot_disturb_the_screen() -> None:
    error = LINES.error(
        an_error(
            message="\x1b[31mred\x1b[0m \u202etxt \0 <b>\nsecond",
            traceback="E: \x1b[2J\x1b]0;mine\x07gone\r\n\tnext\x9b",
        )
    )

    assert error.message == "red \ufffdtxt \ufffd <b>\nsecond"
    assert error.traceback == "E: gone\n\tnext\ufffd"


def test_a_map_that_is_none_maps_nothing() -> None:
    assert LineMap.read(b'{"lines": 7}', execution_count=1).find(5) is None


def test_the_place_of_an_error_is_the_last_line_of_an_input_else_of_a_file_that_travelled() -> None:
    def frames(*files: str) -> list[wire.RemoteFrame]:
        return [wire.RemoteFrame(file=file, line=n, function="f") for n, file in enumerate(files, 1)]

    assert place_of(an_error(frames=frames("In[8]", "In[3]", "tools.py", "/lib/json.py"))) == ("In[3]", 2)
    assert place_of(an_error(frames=frames("train.py", "tools.py", "/lib/json.py"))) == ("tools.py", 2)
    assert place_of(an_error(frames=frames("/lib/json.py", "<string>"))) is None


def test_lines_nested_without_end_map_nothing() -> None:
    found = LineMap.read(b'{"x":' + b"[" * 5000, execution_count=None)

    assert found.find(1) is None
