"""What the tests share: Ray without its token file, and a real S3 server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings
from seaweedfs import BUCKET, Seaweedfs

settings.register_profile("untimed", deadline=None)  # a busy machine is not a failure
settings.load_profile("untimed")

# Ray would otherwise write a token under the home folder and ask every later client for it.
os.environ["RAY_AUTH_MODE"] = "disabled"
# Before torch is imported: tensors as small as the tests' are slower on several threads, much slower on a busy machine.
os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A URI prefix of our own, such as ``s3://renders/3f2a…``, on a SeaweedFS server; AWS_* point to it."""
    server = Seaweedfs(tmp_path_factory.mktemp("seaweedfs"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        try:
            server.start()
            yield f"s3://{BUCKET}/{uuid.uuid4().hex[:12]}"
        finally:
            server.stop()
