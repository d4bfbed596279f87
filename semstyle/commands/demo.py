"""``semstyle demo``: a few renders of everything, with nothing but the package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="Folder for inputs and images.")] = Path(
        "semstyle-demo"
    ),
    limit: Annotated[int | None, typer.Option(min=1, help="Only this many of its thirteen renders.")] = None,
    inputs_only: Annotated[
        bool, typer.Option("--inputs-only", help="Write the photographs, maps and spec, and render nothing.")
    ] = False,
) -> None:
    """Render a doodle, a portrait, a light, a texture and a grid of weights into OUT, on this machine.

    It takes about two minutes on two cores. The inputs are in OUT/inputs, for you to change and run again.
    """
    from semstyle.commands.output_folder import check_folder
    from semstyle.commands.run import run
    from semstyle.demo.inputs import write_inputs
    from semstyle.manifest import build_manifest
    from semstyle.storage import StorageError

    check_folder("--out", str(out))
    try:
        spec = write_inputs(out / "inputs")
    except OSError as error:
        raise StorageError(f"--out {out}: cannot be written ({error.strerror}); choose another place") from None
    manifest = spec.with_name("manifest.parquet")
    count = build_manifest(str(spec), str(manifest))
    if inputs_only:
        print(f"{manifest}: {count} rows, and what they name beside it")
        return
    run(str(manifest), str(out), limit=limit)
