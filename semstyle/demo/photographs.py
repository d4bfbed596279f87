"""The demonstration's photographs, copied out of the packages that carry them.

``manifests/demo/README.md`` says whose they are.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from PIL import Image

from semstyle.errors import InputError

PHOTOGRAPHS = {
    "scikit-image": ("skimage/data/chelsea.png", "skimage/data/rocket.jpg"),
    "scikit-learn": ("sklearn/datasets/images/china.jpg", "sklearn/datasets/images/flower.jpg"),
}
PETALS = ("flower.jpg", (198, 120, 422, 330))
"""What petals.png, which is nothing but texture, is cut from: a photograph, and (left, top, right, bottom) in it."""


def write_photographs(folder: Path) -> list[Path]:
    """Copy the packages' photographs into ``folder`` and cut petals.png from one of them; returns what was written.

    Raises:
        InputError: when a package that carries them is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for package, paths in PHOTOGRAPHS.items():
        try:
            carrier = distribution(package)
        except PackageNotFoundError:
            raise InputError(
                f"{package} is not installed, and it carries the photographs: pip install 'semstyle[demo]'"
            ) from None
        for path in paths:
            photograph = Path(str(carrier.locate_file(path)))
            (folder / photograph.name).write_bytes(photograph.read_bytes())
    name, box = PETALS
    with Image.open(folder / name) as whole:
        whole.crop(box).save(folder / "petals.png")
    return sorted(folder.iterdir())
