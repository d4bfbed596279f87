"""A Slurm allocation of two nodes on this machine: `srun` runs its command here, as often as it is asked to."""

from __future__ import annotations

import os
from pathlib import Path

NODES = ("node-a", "node-b")
PROGRAMS = {
    "srun": """#!/bin/bash
    # Options end at the first word without dashes.
    tasks=1
    while [[ $1 == --* ]]; do
        case $1 in --ntasks=*) tasks=${1#*=} ;; --nodelist=* | --exclude=*) [[ ${1#*=} == node-a ]] || exit 3 ;; esac
        shift
    done
    running=()
    trap 'kill -TERM "${running[@]}"' TERM
    for ((number = 0; number < tasks; number++)); do
        SLURM_PROCID=$number "$@" &
        running+=($!)
    done
    while [[ $(jobs -pr) ]]; do wait; done
    """,
    "scontrol": """#!/bin/bash
    [[ "$1 $2 $3" == "show hostnames node-[a-b]" ]] && printf '%s\\n' node-a node-b
    """,
}


def allocation(folder: Path, job: int, task: int, tasks: int) -> dict[str, str]:
    """Write the programs into ``folder``; gives the environment of one task of an array, as Slurm does."""
    programs = folder / "slurm"
    programs.mkdir(exist_ok=True)
    for name, text in PROGRAMS.items():
        (programs / name).write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n")
        (programs / name).chmod(0o755)
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "SLURM_JOB_ID": str(job),
        "SLURM_JOB_NODELIST": "node-[a-b]",
        "SLURM_JOB_NUM_NODES": str(len(NODES)),
        "SLURM_CPUS_PER_TASK": "1",
        "SLURM_ARRAY_TASK_ID": str(task),
        "SLURM_ARRAY_TASK_MAX": str(tasks),
    }
