"""Judging quality: scenes are rendered before and now, and a page shows them side by side."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

from rich.console import Console

from semstyle.demo.inputs import store_inputs
from semstyle.demo.samples import build_samples
from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.progress import run_progress
from semstyle.farm.run import FINISHED, STOPPED
from semstyle.manifest import build_manifest, read_rows
from semstyle.report.quality_page import write_quality_page
from semstyle.storage import Folder, redact

SPEC = "quality.yaml"
MANIFEST = "manifest.parquet"
PAGE = "quality.md"
CREDIT = (
    "<sub>Photographs: [danielbuechele](https://www.flickr.com/photos/danielbuechele/6061409035/) and\n"
    "[vultilion](https://www.flickr.com/photos/vultilion/6056698931/), CC BY 2.0 (the pictures here are adapted from\n"
    "them); SpaceX, public domain; Stéfan van der Walt, CC0.</sub>"
)
"""Whose photographs the demo's are; manifests/demo/README.md says more."""
NOT_OURS = "The pictures that these were made from are not ours: keep this page to yourself."


def judge_quality(
    out: str, page: str | None = None, *, samples: str | None = None, spec: str | None = None, keep: bool = False
) -> list[str]:
    """Render scenes before and now, and write pages that compare them; returns where the pages are.

    Everything is rendered anew, as the code may have changed where parameters have not; what was cut short goes on.

    Args:
        out: The folder of the run, a path or URI.
        page: The page to write; ``quality.md`` in ``out`` by default.
        samples: A folder with pictures of manifests/quality_samples.yaml. They get a run and a page of their own in
            ``samples/`` of ``out``, whatever ``page`` is, as they are not ours to ship.
        spec: A grid spec with other scenes than those of manifests/quality.yaml, whose inputs are put into ``out``.
        keep: Keep renders that are there already, of the same inputs and parameters.

    Raises:
        SemstyleError: when a spec is wrong, a picture is missing, or a render failed; no page is written then.
    """
    folder = Folder(out)
    runs = [(folder, page or folder.location(PAGE), "" if spec else CREDIT)]
    build_manifest(spec or store_inputs(Folder(folder.location("inputs")), SPEC), folder.location(MANIFEST))
    if samples is not None:
        apart = Folder(folder.location("samples"))
        build_samples(samples, apart.location(MANIFEST))
        runs.append((apart, apart.location(PAGE), NOT_OURS))
    return [write_quality_page(where, written, render_all(where, keep), credit) for where, written, credit in runs]


def render_all(folder: Folder, keep: bool) -> list[str]:
    """Render the manifest that is in ``folder`` into it; returns the ids of its rows.

    Raises:
        FarmError: when not all of them were rendered.
    """
    manifest = folder.location(MANIFEST)
    progress = run_progress(Console(stderr=True))
    try:
        with redirect_stdout(sys.stderr):  # on which Ray prints
            summary = run_manifest(
                manifest, folder.uri, RunOptions(force=not keep, changed=keep, retry_failed="all"), progress=progress
            )
    finally:
        progress.close()
    if summary.exit_code == STOPPED:
        raise KeyboardInterrupt
    if summary.exit_code != FINISHED:
        failures = [failure.message for failure in summary.status.last_failures]
        reason = failures[-1] if failures else "the same command renders what is missing"
        raise FarmError(f"{redact(folder.uri)}: not all scenes were rendered; {reason}")
    return [row.render_id for row in read_rows(manifest)]
