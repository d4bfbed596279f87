"""A GPU's kernels without a GPU: interpreted in a process of its own, and compiled for an H100 ahead of time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

MOST_REGISTERS = 128
"""So that at least 16 of an SM's 64 warps are there to hide the time that memory takes."""


class Used(NamedTuple):
    """What a thread of a compiled kernel uses: registers, and bytes of those that it has none for."""

    registers: int
    spilled: int


def interpreted(program: Path) -> str:
    """Run a program that interprets kernels; returns what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def ahead_of_time(
    kernel: Any, types: Mapping[str, str], constants: Mapping[str, Any], aligned: Collection[str], warps: int
) -> Used:
    """Compile ``kernel`` for an H100, whose assembler comes with Triton.

    Args:
        types: The type of each argument, as Triton writes it.
        constants: The values of arguments that are compiled in.
        aligned: The arguments that are multiples of 16.
    """
    import triton
    from triton.backends import nvidia
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    names = kernel.arg_names
    multiples = {(number,): [["tt.divisibility", 16]] for number, name in enumerate(names) if name in aligned}
    source = ASTSource(kernel, {name: types[name] for name in names}, dict(constants), multiples)
    compiled = triton.compile(source, target=GPUTarget("cuda", 90, 32), options={"num_warps": warps})
    ptxas = Path(nvidia.__file__).parent / "bin" / "ptxas"
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "kernel.ptx")
        program.write_text(compiled.asm["ptx"])
        command = [ptxas, "-v", "--gpu-name=sm_90a", program, "-o", Path(folder, "kernel.cubin")]
        report = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    (registers,) = re.findall(r"Used (\d+) registers", report)
    return Used(int(registers), sum(map(int, re.findall(r"(\d+) bytes spill", report))))
