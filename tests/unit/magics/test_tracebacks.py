"""Remote tracebacks in the lines of the notebook."""

from __future__ import annotations

from hubkin_magics.tracebacks import LineMap

LINES = LineMap({"v": 1, "lines": [[5, 3, "In[3]", 10], [9, 2, "cell", 2]]}, cell="In[8]")

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
  File "/lib/python/json.py", line 7, in loads
    raise
ZeroDivisionError: division by zero"""


def test_lines_are_found_where_they_were_written() -> None:
    assert [LINES.find(line) for line in (5, 7, 8, 9, 10, 11)] == [
        ("In[3]", 10), ("In[3]", 12), None, ("In[8]", 2), ("In[8]", 3), None,
    ]  # fmt: skip


def test_a_traceback_names_cells_and_leaves_our_frames_out() -> None:
    assert LINES.text(TRACEBACK).splitlines() == [
        "Traceback (most recent call last):",
        "  In[8], line 3, in <module>",
        "    main()",
        "    ~~~~^^",
        "  In[8], line 2, in <module>",
        "    await g()",
        "  In[3], line 12, in main",
        "    return 1 / 0",
        '  File "/lib/python/json.py", line 7, in loads',
        "    raise",
        "ZeroDivisionError: division by zero",
    ]


def test_the_frames_of_an_error_are_mapped_too() -> None:
    frames = [
        {"file": ".hubkin/cell.py", "line": 9, "function": "<module>"},
        {"file": ".hubkin/cell.py", "line": 1, "function": "_hubkin_step"},
        {"file": "tools.py", "line": 1, "function": "f"},
    ]

    error = LINES.error({"rank": 0, "frames": frames, "traceback": ""})

    assert [(frame["file"], frame["line"]) for frame in error["frames"]] == [("In[8]", 2), ("tools.py", 1)]
