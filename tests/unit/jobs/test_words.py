"""Reasons in the reader's language."""

import hubkin_resources as resources
import pytest
from hubkin_jobs import Reader
from hubkin_jobs.domain.dispatch import PoolView, Waiting, dispatch
from hubkin_kit.database import Database
from hubkin_platform.app import translator

SITE = """\
pools:
  lab: {kind: gpu, units: 1, simulated: true, label: The lab's GPUs, label_zh: 实验室的 GPU}
  attic: {kind: gpu, units: 1, simulated: true, label: The attic's GPUs}
profiles: {}
"""


@pytest.mark.parametrize(
    ("pool", "language", "label"),
    [
        ("lab", "en", "The lab's GPUs"),
        ("lab", "zh", "实验室的 GPU"),
        ("attic", "zh", "The attic's GPUs"),
    ],
)
def test_a_pool_has_its_label_in_the_readers_language(tmp_path, pool: str, language: str, label: str) -> None:  # type: ignore[no-untyped-def]
    site = resources.parse_site(SITE, machine=resources.Machine(cores=2, memory_bytes=1 << 30))
    database = Database(f"sqlite:///{tmp_path}/hubkin.sqlite")
    database.create_all()
    database.write_sync(lambda tx: resources.apply_site(tx, site))
    state = database.read_sync(resources.pool_state)[pool]
    database.close()
    view = PoolView(label=state.label, label_zh=state.label_zh, is_gpu=True, free_units=state.free)
    asks = Waiting(attempt_id="a", job_id="j", job_name="bert", owner="user-ada", units=2)

    reason = dispatch([asks], view).reasons["a"]

    assert label in Reader(translator(), language, "CNY").reason(reason.code, reason.params).text
