"""A platform on one machine for tests of a job's life."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.rig import Rig


@pytest.fixture
async def rig(tmp_path: Path, database_url: str) -> AsyncIterator[Rig]:
    rig = Rig(tmp_path, database_url=database_url)
    yield rig
    assert rig.audit() == ()
    await rig.close()
