"""Fuzzing with atheris: coverage-guided, from good and forged files, for a given time."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))  # the forged files and the checks are there

LIMITS = ["-timeout=30", "-rss_limit_mb=6000", "-max_len=20000", "-verbosity=0", "-print_final_stats=1"]


def fuzz(check: Callable[[bytes], bool], seeds: Iterable[bytes]) -> None:
    """Give ``check`` one input after another until it raises, runs long or fills the memory; options are libFuzzer's.

    The input at fault is written to the folder that the last line names.
    """
    folder = Path(tempfile.mkdtemp(prefix="semstyle-fuzz-"))
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)

    def one_input(data: bytes) -> None:
        check(data)

    atheris.Setup([sys.argv[0], f"-artifact_prefix={folder}/", *LIMITS, *sys.argv[1:], str(corpus)], one_input)
    atheris.Fuzz()
