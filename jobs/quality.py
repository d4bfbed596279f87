"""Render scenes before and now into OUT, and write a page that compares them:

python jobs/quality.py OUT [--samples DIR] [--page docs/quality.md] [--spec SPEC.yaml] [--keep]

The scenes are those of manifests/quality.yaml, or of SPEC.yaml. The page is OUT/quality.md, or what --page names, and
its pictures are in pictures/ beside it. Scenes of manifests/quality_samples.yaml whose files are in DIR get a page of
their own, OUT/samples/quality.md, as these pictures are not ours to ship.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also where semstyle is not installed

from semstyle.errors import SemstyleError
from semstyle.interrupts import raise_interrupts
from semstyle.report.quality import judge_quality
from semstyle.storage import redact

STOPPED = 130

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", help="folder of the renders, a path or URI")
    parser.add_argument("--samples", metavar="DIR", help="folder with Gogh.jpg, Gogh_sem.png and the like")
    parser.add_argument("--page", help="the page to write; OUT/quality.md")
    parser.add_argument("--spec", help="grid spec with other scenes, tagged scene and made: before or now")
    parser.add_argument("--keep", action="store_true", help="keep renders of the same inputs and parameters")
    chosen = parser.parse_args()
    raise_interrupts()
    try:
        pages = judge_quality(chosen.out, chosen.page, samples=chosen.samples, spec=chosen.spec, keep=chosen.keep)
    except SemstyleError as error:
        print(f"quality: {redact(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    print("\n".join(pages))
