"""Write the photographs that the specs in manifests/ name into manifests/demo/photographs/, or another folder:

python jobs/demo_photographs.py [FOLDER]

They come with scikit-image and scikit-learn (`pip install -e ".[demo]"`); manifests/demo/README.md says whose they are.
"""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).resolve().parents[1] / "manifests" / "demo" / "photographs"
PHOTOGRAPHS = {
    "scikit-image": ("skimage/data/chelsea.png", "skimage/data/rocket.jpg"),
    "scikit-learn": ("sklearn/datasets/images/china.jpg", "sklearn/datasets/images/flower.jpg"),
}
PETALS = ("flower.jpg", (198, 120, 422, 330))
"""A photograph of nothing but texture: the photograph it is cut from, and (left, top, right, bottom) there."""


def write_photographs(folder: Path) -> list[Path]:
    """Copy the packages' photographs into ``folder`` and cut petals.png from one of them; returns what was written.

    Raises:
        PackageNotFoundError: when a package that carries them is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package, paths in PHOTOGRAPHS.items():
        for path in paths:
            photograph = Path(str(distribution(package).locate_file(path)))
            (folder / photograph.name).write_bytes(photograph.read_bytes())
    name, box = PETALS
    with Image.open(folder / name) as whole:
        whole.crop(box).save(folder / "petals.png")
    return sorted(folder.iterdir())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where to; manifests/demo/photographs")
    folder = parser.parse_args().folder
    try:
        written = write_photographs(folder)
    except PackageNotFoundError as error:
        sys.exit(f'{error.name} is not installed, and it carries the photographs: pip install -e ".[demo]"')
    print(f"{len(written)} photographs in {folder}")
