"""Render tonight's set into OUT/<date>/; running it again continues the same night:

python jobs/nightly.py s3://bucket/nightly [--date 2026-01-31] [--spec SPEC.yaml] [semstyle run options]

Without --spec it is manifests/nightly.yaml, whose pictures are put into OUT/inputs/, where every node can read them.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # where --working-dir brings semstyle

from semstyle.cli import BAD_INPUT, main
from semstyle.demo.inputs import store_inputs
from semstyle.errors import SemstyleError
from semstyle.manifest import build_manifest
from semstyle.storage import Folder

SPEC = "nightly.yaml"
INPUTS = "inputs"
MANIFEST = "manifest.parquet"


def arguments() -> tuple[argparse.Namespace, list[str]]:
    """Return this program's own arguments, and those that are for ``semstyle run``."""
    today = datetime.datetime.now(datetime.UTC).date()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", help="folder of all nights, a path or URI")
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=today, help="the night; today (UTC)")
    parser.add_argument("--spec", help=f"grid spec of what to render; manifests/{SPEC}, with its pictures")
    return parser.parse_known_args()


def prepare(out: str, date: datetime.date, spec: str | None) -> Folder:
    """Return the night's folder with its manifest, which is written once: a changed spec waits for the next night."""
    night = Folder(Folder(out).location(date.isoformat()))
    if not night.exists(MANIFEST):
        spec = spec or store_inputs(Folder(Folder(out).location(INPUTS)), SPEC)
        build_manifest(spec, night.location(MANIFEST))
    return night


if __name__ == "__main__":
    chosen, run_options = arguments()
    try:
        night = prepare(chosen.out, chosen.date, chosen.spec)
    except SemstyleError as error:
        print(f"nightly: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    sys.argv[1:] = ["run", night.location(MANIFEST), "--out", night.uri, *run_options]
    main()
