"""What the tests share: Ray without its token file, a few pictures, and a real S3 server."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image
from seaweedfs import BUCKET, Seaweedfs

settings.register_profile("untimed", deadline=None)  # a busy machine is not a failure
settings.load_profile("untimed")

# Under `nohup`, which has them ignored, tests that send hangups to programs would wait for nothing.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
# Ray would otherwise write a token under the home folder and ask every later client for it.
os.environ["RAY_AUTH_MODE"] = "disabled"
# What whoever tests has measured of their machine is not what tests go by.
os.environ["SEMSTYLE_RATES"] = os.devnull
# Before torch is imported: tensors as small as the tests' are slower on several threads, much slower on a busy machine.
os.environ["OMP_NUM_THREADS"] = "1"


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``style.png``, its map ``style_map.png``, and ``target_map.png``."""
    folder = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    halves = np.zeros((48, 64, 3), np.uint8)
    halves[:24] = 255
    for name, pixels in {"style": noise, "style_map": halves, "target_map": halves[::-1].copy()}.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


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
