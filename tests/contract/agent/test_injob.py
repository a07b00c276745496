"""The in-job module and the cell runner, as a job's own Python runs them."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import hubkin_agent
import pytest

INJOB = Path(hubkin_agent.__file__).with_name("injob")


class Place:
    """A code folder and an outputs folder, and Python as the agent starts it there."""

    def __init__(self, folder: Path) -> None:
        self.code = folder / "code"
        self.outputs = folder / "outputs"
        (self.code / ".hubkin").mkdir(parents=True)
        self.outputs.mkdir()

    def python(self, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
        given = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(INJOB),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HUBKIN_CODE": str(self.code),
            "HUBKIN_OUTPUTS": str(self.outputs),
            **env,
        }
        return subprocess.run(
            [sys.executable, *argv],
            cwd=self.code,
            env=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def cell(
        self, text: str, *argv: str, call_main: bool | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        (self.code / ".hubkin" / "cell.py").write_text(text)
        if call_main is not None:
            params = json.loads(env.get("HUBKIN_PARAMS", "{}"))
            said = {"params": params, "call_main": call_main}
            (self.code / ".hubkin" / "params.json").write_text(json.dumps(said))
        return self.python("-m", "hubkin.cell", ".hubkin/cell.py", *argv, **env)

    @property
    def result(self) -> dict:
        return json.loads((self.outputs / ".hubkin" / "result.json").read_text())

    @property
    def error(self) -> dict:
        return json.loads((self.outputs / ".hubkin" / "error.json").read_text())


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_report_writes_one_line_of_plain_numbers(place, tmp_path):
    report = tmp_path / "report.jsonl"
    report.touch()

    done = place.python(
        "-c", "import hubkin; hubkin.report(step=3, loss=0.5, acc=True)", HUBKIN_REPORT=str(report)
    )

    assert done.returncode == 0, done.stderr
    said = json.loads(report.read_text())
    assert (said["step"], said["values"]) == (3, {"loss": 0.5, "acc": 1.0})


def test_outside_a_job_nothing_happens(place):
    done = place.python(
        "-c", "import hubkin; hubkin.report(loss=1); print(hubkin.outputs, hubkin.params)", HUBKIN_OUTPUTS=""
    )

    assert done.stdout == "outputs {}\n"


def test_data_and_models_are_found_by_their_names(place):
    done = place.python(
        "-c",
        "import hubkin; print(hubkin.data('my-data') / 'x', hubkin.model('bert'), hubkin.outputs.name)",
        HUBKIN_DATA_MY_DATA="/d",
        HUBKIN_MODEL_BERT="/m",
    )

    assert done.stdout == "/d/x /m outputs\n"


def test_data_is_found_by_the_reference_it_was_asked_for_with(place):
    done = place.python(
        "-c", "import hubkin; print(hubkin.data('li@uni/my-data@v3'))", HUBKIN_DATA_MY_DATA="/d"
    )

    assert done.stdout == "/d\n"


def test_a_dataset_that_was_not_given_is_named_with_those_that_were(place):
    done = place.python("-c", "import hubkin; hubkin.data('imagenet')", HUBKIN_DATA_MNIST="/d")

    assert "This job was given no dataset named 'imagenet'; it has mnist." in done.stderr


def test_what_only_a_client_has_is_said_to_be_missing_in_a_job(place):
    done = place.python("-c", "import hubkin; hubkin.submit('x')")

    assert (
        "hubkin.submit is not there inside a job, which has: data, model, outputs, params, report."
        in done.stderr
    )


def test_the_last_expression_is_the_result(place):
    done = place.cell("x = 20\n{'answer': x * 2 + 2, 'list': [1, None]}")

    assert done.returncode == 0, done.stderr
    assert place.result == {"v": 1, "kind": "json", "value": {"answer": 42, "list": [1, None]}}


@pytest.mark.parametrize(
    "value", ["(1, 2)", "{1: 'a'}", "float('nan')", "{'a': (1,)}", "'x' * 1_000_001", "{3}"]
)
def test_what_json_would_change_is_pickled(place, value):
    done = place.cell(value)

    assert done.returncode == 0, done.stderr
    assert (place.result["kind"], place.result["path"]) == ("pickle", "result.pkl")
    back = pickle.loads((place.outputs / "result.pkl").read_bytes())
    assert repr(back) == repr(eval(value))


def test_what_cannot_be_pickled_is_said_and_the_run_is_still_good(place):
    done = place.cell("import threading\nthreading.Lock()")

    assert done.returncode == 0
    assert place.result["kind"] == "none"
    assert "cannot be pickled" in done.stderr


def test_only_rank_zero_has_the_result(place):
    done = place.cell("42", RANK="1")

    assert done.returncode == 0
    assert not (place.outputs / ".hubkin").exists()


def test_an_awaitable_result_is_awaited(place):
    place.cell("import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    return 7\nmain()")

    assert place.result["value"] == 7


def test_the_cell_is_main_with_its_own_file_and_arguments(place):
    (place.code / "beside.py").write_text("here = 'module beside'")
    done = place.cell(
        "import sys, beside\nassert __name__ == '__main__'\n[__file__, sys.argv[1:], beside.here]", "a", "-b"
    )

    assert done.returncode == 0, done.stderr
    assert place.result["value"] == [str(place.code / ".hubkin/cell.py"), ["a", "-b"], "module beside"]


def test_classes_of_the_cell_reach_its_child_processes(place):
    done = place.cell("""
import multiprocessing
def square(x): return x * x
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        squares = pool.map(square, [1, 2, 3])
squares if __name__ == "__main__" else None
""")

    assert done.returncode == 0, done.stderr
    assert place.result["value"] == [1, 4, 9]


@pytest.mark.parametrize(("leave", "code"), [("3", 3), ("", 0), ("'bad luck'", 1), ("None", 0)])
def test_exit_codes_are_honoured(place, leave, code):
    done = place.cell(f"import sys\nsys.exit({leave})")

    assert done.returncode == code
    assert not (place.outputs / ".hubkin").exists()


def test_an_exception_is_printed_and_told_against_the_cells_lines(place):
    done = place.cell("def train(x):\n    return 1 / x\n\ntrain(0)")

    assert done.returncode == 1
    assert done.stderr.count("File ") == 2
    assert 'hubkin/cell.py", line 67' not in done.stderr
    assert (place.error["type"], place.error["message"]) == ("ZeroDivisionError", "division by zero")
    assert place.error["frames"] == [
        {"file": ".hubkin/cell.py", "line": 4, "function": "<module>", "text": "train(0)"},
        {"file": ".hubkin/cell.py", "line": 2, "function": "train", "text": "return 1 / x"},
    ]
    assert place.error["traceback"] == done.stderr


def test_the_first_rank_that_fails_is_the_one_told_about(place):
    place.cell("raise ValueError('first')", RANK="1")
    place.cell("raise ValueError('second')", RANK="0")

    assert (place.error["rank"], place.error["message"]) == (1, "first")


def test_a_syntax_error_shows_the_cells_line(place):
    done = place.cell("x = 1\nif x\n    pass")

    assert done.returncode == 1
    assert (place.error["type"], place.error["frames"][-1]["line"]) == ("SyntaxError", 2)


def test_parameters_go_into_main_typed_as_it_asks(place):
    cell = "def main(lr: float = 0.1, epochs=3, name: str = 'a', fast=False):\n"
    cell += "    return [lr, epochs, name, fast]\nmain()"
    params = json.dumps({"lr": 1, "epochs": "5", "name": 7, "fast": "true"})

    place.cell(cell, call_main=True, HUBKIN_PARAMS=params)

    assert json.dumps(place.result["value"]) == '[1.0, 5, "7", true]'


def test_parameters_override_literals_behind_themselves(place):
    cell = "lr = 0.1\nwidth: int = 4\ntwice = lr * 2\nimport hubkin\n[lr, width, twice, hubkin.params['lr']]"

    place.cell(cell, call_main=False, HUBKIN_PARAMS='{"lr": 1, "width": 8}')

    assert json.dumps(place.result["value"]) == "[1.0, 8, 2.0, 1]"


@pytest.mark.parametrize(
    ("cell", "call_main", "said"),
    [
        ("lr = compute()\nlr", False, "assigns no plain value to lr"),
        ("def main(rate=1): pass\nmain()", True, "main has no argument 'lr'; it has rate"),
    ],
)
def test_a_parameter_that_the_cell_does_not_have_is_refused(place, cell, call_main, said):
    done = place.cell(cell, call_main=call_main, HUBKIN_PARAMS='{"lr": 1}')

    assert done.returncode == 1
    assert said in done.stderr


def test_a_failure_after_an_override_names_the_line_as_written(place):
    place.cell("lr = 0.1\n\nraise ValueError(lr)", call_main=False, HUBKIN_PARAMS='{"lr": 2.0}')

    assert (place.error["message"], place.error["frames"][-1]["line"]) == ("2.0", 3)


def test_show_saves_figures_into_the_outputs(place):
    pytest.importorskip("matplotlib", reason="needs matplotlib")
    done = place.cell("""
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.show()
plt.figure(); plt.figure(); plt.show()
len(plt.get_fignums())
""")

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in place.outputs.glob("*.png")) == [
        "figure-1.png",
        "figure-2.png",
        "figure-3.png",
    ]
    assert done.stdout.startswith("Saved figure-1.png\n")
    assert place.result["value"] == 0
