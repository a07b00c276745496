"""``%%train`` in a real kernel: from the cell to the job's result, and what stops it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.magics.conftest import Play
from tests.magics.working_platform import WorkingWorld


def test_a_cell_becomes_a_job_and_its_value_comes_back(play: Play, world: WorkingWorld) -> None:
    played = play(
        "import math",
        "def area(r):\n    return round(math.pi * r ** 2, 2)",
        "%%train circle -y --as job -p r=2\n"
        "def main(r: float = 1):\n    print('radius', r)\n    return area(r)\nmain()",
        "job.result(30)",
        "import hubkin; hubkin.last() is job, [line.text for line in job.logs()]",
    )

    card = played.card(2)
    assert (card["kind"], card["id"], card["platform"]) == ("job", "job-00001", "https://hub.example")
    assert played.text(3) == "12.57"
    assert played.text(4) == "(True, ['radius 2.0'])"
    (request, _), *_ = world.plans.values()
    assert request.spec.name == "circle"
    assert request.spec.params == {"r": 2.0}
    assert request.capture is not None
    assert [(name.name, name.source) for name in request.capture.names] == [
        ("math", "In[1]"),
        ("area", "In[2]"),
    ]
    assert request.origin is not None
    assert (request.origin.kind, request.origin.execution_count) == ("cell", 3)


def test_the_magic_never_becomes_the_last_output(play: Play) -> None:
    played = play("40 + 2", "%%train -y\nprint(1)", "_")

    assert played.text(2) == "42"


def test_the_saved_notebook_has_a_snapshot_for_everyone(play: Play) -> None:
    played = play("%%train bert-7 -y\n1")

    assert "bert-7" in played.html(0)
    assert "bert-7" in played.text(0)


def test_the_saved_card_is_the_last_that_the_kernel_saw(play: Play) -> None:
    played = play("%%train bert-7 -y --as job\n1", "job.result(30)")

    assert played.card(0)["snapshot"]["state"] == "succeeded"
    assert "succeeded" in played.html(0)


def test_what_is_worth_knowing_is_said_where_the_card_is_text(play: Play, tmp_path: Path) -> None:
    (tmp_path / "work" / "words.txt").write_text("x")

    played = play("%%train -y\n%matplotlib inline\nopen('words.txt')")

    assert "`words.txt` (line 3) exists here but does not travel" in played.text(0)
    assert "Add --with words.txt." in played.text(0)
    assert "`%matplotlib inline` is left out" in played.text(0)


def test_a_note_stays_when_the_job_has_ended(play: Play) -> None:
    played = play("%%train -y --as job\n%matplotlib inline\n1", "job.result(30)")

    assert "succeeded" in played.text(0)
    assert "`%matplotlib inline` is left out" in played.text(0)


def test_a_plan_that_asks_is_not_submitted_when_nobody_is_there(play: Play, world: WorkingWorld) -> None:
    world.plan_confirm = True

    played = play("%%train\nprint(1)", fails=True)

    assert "nobody is here to answer. Add -y" in played.text(0)
    assert "Traceback" not in played.text(0)
    assert world.jobs == {}


def test_yes_submits_a_plan_that_asks(play: Play, world: WorkingWorld) -> None:
    world.plan_confirm = True

    play("%%train -y\nprint(1)")

    assert len(world.jobs) == 1


def test_a_dry_run_shows_the_plan_and_submits_nothing(play: Play, world: WorkingWorld) -> None:
    played = play("x = 3", "%%train --dry-run\nprint(x)")

    assert played.card(1)["kind"] == "plan"
    assert world.jobs == {}


def test_an_unchanged_cell_that_still_runs_is_not_started_again(play: Play, world: WorkingWorld) -> None:
    world.hold = True
    cell = "%%train same -y --as job\nprint(1)"

    played = play(cell, cell, cell.replace("-y", "-y --again"), "job.id", cell.replace("-y", "-y --replace"))

    assert "runs already as same" in played.text(1)
    assert played.card(1)["snapshot"]["live_job_id"] == played.card(0)["id"]
    assert len(world.jobs) == 3
    assert list(world.jobs.values())[1].state == "stopping"


def test_a_changed_function_makes_it_another_cell(play: Play, world: WorkingWorld) -> None:
    world.hold = True
    cell = "%%train -y\nprint(f())"

    play("def f(): return 1", cell, "def f(): return 2", cell)

    assert len(world.jobs) == 2


def test_a_failure_is_raised_with_the_lines_of_the_cells(play: Play) -> None:
    played = play(
        "def half(x):\n    y = 0\n    return x / y",
        "%%train boom -y --as job\ndef main():\n    return half(1)\nmain()",
        "job.result(30)",
        fails=True,
    )

    text = played.text(2)
    assert "In[1], line 3, in half" in text
    assert "In[2], line 3, in main" in text
    assert "In[2], line 4, in <module>" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "cell.py" not in text
    assert "hubkin/job.py" not in text


def test_a_live_object_is_refused_in_one_clear_sentence(play: Play, world: WorkingWorld) -> None:
    played = play("lock = __import__('threading').Lock()", "%%train\nprint(lock)", fails=True)

    assert "`lock` is a live lock from In[1]" in played.text(1)
    assert "--include 1" in played.text(1)
    assert "Traceback" not in played.text(1)
    assert world.requests == []


def test_a_typing_error_in_the_line_says_what_was_meant(play: Play) -> None:
    assert "Did you mean --gpu?" in play("%%train --gup 1\n1", fails=True).text(0)


def test_a_refusal_of_the_platform_is_its_sentence_and_its_ways_out(play: Play, world: WorkingWorld) -> None:
    from hubkin import wire

    world.refusal = wire.Problem(
        type="t", title="Balance", status=402, detail="The first hour needs ¥384.", code="balance_low",
        actions=[wire.Action(label="Limit to ¥200")],
    )  # fmt: skip

    played = play("%%train\n1", fails=True)

    assert "The first hour needs ¥384." in played.text(0)
    assert "Limit to ¥200" in played.text(0)
    assert "Traceback" not in played.text(0)


def test_a_platform_that_is_away_is_said_so(play: Play) -> None:
    played = play("%%train\n1", fails=True, HUBKIN_API_URL="http://127.0.0.1:9/services/hubkin/api/v1")

    assert "cannot be reached" in played.text(0)


def test_an_expired_token_is_said_so(play: Play) -> None:
    assert "not signed in" in play("%%train\n1", fails=True, HUBKIN_TOKEN="old").text(0)


def test_it_speaks_chinese(play: Play) -> None:
    played = play(
        "lock = __import__('threading').Lock()", "%%train\nprint(lock)", fails=True, HUBKIN_LANG="zh"
    )

    assert "活动对象" in played.text(1)


def test_names_that_came_by_run_and_by_import_travel(play: Play, tmp_path: Path) -> None:
    (tmp_path / "work" / "script.py").write_text(
        "import math\nfrom math import tau\ndef circle(r):\n    return round(tau * r)\n"
    )

    played = play("%run script.py", "%%train -y --as job\ncircle(2)", "job.result(30)")

    assert played.text(2) == "13"


def test_modules_and_files_beside_the_notebook_travel(play: Play, tmp_path: Path) -> None:
    (tmp_path / "work" / "tools.py").write_text("def twice(x):\n    return 2 * x\n")
    (tmp_path / "work" / "n.txt").write_text("21")

    played = play(
        "import tools",
        "%%train -y --with n.txt --as job\ntools.twice(int(open('n.txt').read()))",
        "job.result(30)",
    )

    assert played.text(2) == "42"


def test_a_sent_value_comes_back_in_the_job(play: Play) -> None:
    played = play(
        "class Config:\n    lr = 1",
        "cfg = Config(); cfg.lr = 5",
        "%%train -y --send cfg --as job\n[cfg.lr, isinstance(cfg, Config)]",
        "job.result(30)",
    )

    assert played.text(3) == "[5, True]"


def test_a_cell_that_only_ipython_can_read_still_has_its_names(play: Play) -> None:
    played = play("    n = 4\n    m = 5", "%%train -y --as job\nn + m", "job.result(30)")

    assert played.text(2) == "9"


def test_jobs_and_commands_work_in_a_cell(play: Play) -> None:
    played = play("%%train listed -y\n1", "%jobs", "%hubkin jobs --json")

    assert "listed" in played.text(1)
    assert json.loads(played.text(2))


def test_a_command_that_fails_fails_its_cell_without_a_traceback(play: Play) -> None:
    played = play("%hubkin explain nowhere", fails=True)

    assert "exit code 4" in played.text(0)
    assert "Traceback" not in played.text(0)


def test_a_kernel_starts_with_clean_names(play: Play) -> None:
    assert play("[n for n in dir() if 'hubkin' in n]").text(0) == "[]"


def test_a_plan_is_submitted_by_its_id(play: Play, world: WorkingWorld) -> None:
    played = play("%load_ext hubkin_magics.short", "%%train planned --dry-run\n6 * 7", "%submit plan-1")

    assert "planned" in played.text(2)
    assert len(world.jobs) == 1
