"""A notebook, the whole platform, real replicas: nothing between a cell and its result is a double."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

import nbformat
import pytest
from nbclient import NotebookClient

from tests.magics import whole_platform
from tests.magics.conftest import Played, kernel_environment
from tests.magics.whole_platform import WholePlatform

TRAIN = """%%train pair --gpu sim-gpu:1 --replicas 2 -y --as job -p base=10
import hubkin
base = 1
rank, world = int(os.environ['RANK']), int(os.environ['WORLD_SIZE'])
for step in range(1, 4):
    print(f'step {step}/3 loss={1 / step:.3f}', flush=True)
(hubkin.outputs / f'part-{rank}.txt').write_text('x')
{'base': base, 'share': share(rank), 'world': world}"""
#: The folder comes from an earlier cell; here it is a copy in a cache, in the job another place.
READ = """%%train reader -y --as reader
def main():
    total = sum(int(path.read_text()) for path in folder.rglob('*.txt'))
    return total, '/cache/' in str(folder), folder == hubkin.data('digits')
main()"""
NOTEBOOK = (
    "import os\nimport tools",
    "def share(rank):\n    return tools.squares(rank + 2)",
    TRAIN,
    "job.result('2m')",
    "job.name, job.state, job.metrics('loss').last, sorted(job.files)",
    "%jobs",
    "%%train fails -y --as bad\ndef main():\n    return share('x')\nmain()",
    "bad.wait('1m')",
    "%%train shared --owner vision-lab -y --as shared\nshare(4)",
    "shared.result('1m'), shared.owner",
    "%%train leaky -y --as leaky\nimport hubkin\n(hubkin.outputs / 'out').symlink_to('/etc/passwd')",
    "leaky.wait('1m')\nprint(leaky.explain())",
    "%hubkin result fails",
    "%hubkin explain fails",
    "import hubkin\nhubkin.client().datasets.push('digits', 'digits').version",
    "folder = hubkin.data('digits')\nsum(int(path.read_text()) for path in folder.rglob('*.txt'))",
    READ,
    "reader.result('1m')",
    "print(reader)",
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholePlatform]:
    with whole_platform.running(tmp_path_factory.mktemp("platform")) as platform:
        yield platform


@pytest.fixture(scope="module")
def played(platform: WholePlatform, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The notebook after it ran, from top to bottom, once for all tests."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "tools.py").write_text("def squares(n):\n    return [i * i for i in range(n)]\n")
    (folder / "digits" / "more").mkdir(parents=True)
    (folder / "digits" / "1.txt").write_text("1")
    (folder / "digits" / "more" / "2.txt").write_text("20")
    environment = kernel_environment(folder, platform.url, platform.token)
    environment["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("kernel") / "cache")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in NOTEBOOK])
    client = NotebookClient(
        notebook,
        timeout=180,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute(env=os.environ | environment)
    return Played(notebook.cells)


def test_the_result_of_two_replicas_comes_back(played: Played) -> None:
    assert played.text(3) == "{'base': 10, 'share': [0, 1], 'world': 2}"


def test_the_card_names_what_was_taken(played: Played) -> None:
    snapshot = played.card(2)["snapshot"]

    assert {name["name"]: name["source"] for name in snapshot["capture"]["names"]} == {
        "os": "In[1]",
        "tools": "In[1]",
        "share": "In[2]",
    }
    assert snapshot["capture"]["modules"] == ["tools.py"]
    assert snapshot["simulated"] is True


def test_curves_and_outputs_are_kept(played: Played) -> None:
    name, state, loss, files = ast.literal_eval(played.text(4))

    assert (name, state, loss) == ("pair", "succeeded", 0.333)
    assert {"part-0.txt", "replica-1/part-1.txt"} <= set(files)


def test_the_jobs_are_listed(played: Played) -> None:
    assert "pair" in played.text(5)


def test_a_failure_is_the_traceback_of_the_cells(played: Played) -> None:
    text = played.text(7)

    assert "In[7], line 3, in main" in text
    assert "In[2], line 2, in share" in text
    assert "TypeError" in text
    assert ".hubkin" not in text


def test_every_program_names_the_lines_of_the_cells(played: Played) -> None:
    text = played.text(12)

    assert "In[7], line 3, in main" in text
    assert ".hubkin" not in text
    assert "Replica 0, In[2], line 2: TypeError" in played.text(13)


def test_outputs_that_lead_out_of_their_folder_are_named(played: Played) -> None:
    assert "Not kept (1): out. These links lead out of the output folder." in played.text(11)


def test_a_group_s_job_runs_its_member_s_code(played: Played) -> None:
    assert played.text(9) == "([0, 1, 4, 9, 16, 25], 'vision-lab')"


def test_a_dataset_is_read_in_the_kernel_and_in_the_job(played: Played) -> None:
    assert (played.text(14), played.text(15)) == ("1", "Fetching ada/digits@v1 (files: 2, 3 B).\n21")
    assert ast.literal_eval(played.text(17)) == (21, False, True)


def test_the_plan_and_the_job_say_what_they_read(played: Played) -> None:
    (read,) = played.card(16)["snapshot"]["inputs"]

    assert (read["name"], read["reference"], read["files"], read["bytes"]) == (
        "digits",
        "ada/digits@v1",
        2,
        3,
    )
    assert "reads digits: ada/digits@v1 (files: 2, 3 B)" in played.text(18)


def test_the_token_is_nowhere_in_the_notebook(played: Played, platform: WholePlatform) -> None:
    assert platform.token not in str(played.cells)
