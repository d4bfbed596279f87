"""Which images changed and how much, against PSNR and SSIM worked out apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nights import noise, record, write_night
from PIL import Image, PngImagePlugin
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from semstyle.dataset.comparison import changed_images
from semstyle.dataset.comparison.changed_images import ImageChanges, evenly, image_changes, likeness
from semstyle.dataset.comparison.matching import match
from semstyle.dataset.comparison.night import read_night


def faded(image: Image.Image, by: int) -> Image.Image:
    pixels = np.asarray(image).astype(int)
    return Image.fromarray((pixels + by * np.where(pixels > 127, -1, 1)).astype(np.uint8))


def changes(
    folder: Path, before: dict[str, Image.Image], after: dict[str, Image.Image], most: int = 200
) -> ImageChanges:
    for name, images in (("before", before), ("after", after)):
        write_night(folder / name, [record(render_id) for render_id in images], images)
    return looked_at(folder, most)


def looked_at(folder: Path, most: int = 200) -> ImageChanges:
    """Compare the images of the nights ``before`` and ``after`` in ``folder``."""
    nights = [read_night(str(folder / name)) for name in ("before", "after")]
    pairs = match(nights[0].renders, nights[1].renders).pairs
    return image_changes(nights[0].folder, nights[1].folder, pairs, most)


def test_images_of_the_same_digest_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(*given: Any) -> None:
        raise AssertionError(given)

    monkeypatch.setattr(changed_images, "read_image", unread)
    found = changes(tmp_path, {"a": noise(1), "b": noise(2)}, {"a": noise(1), "b": noise(2)})
    assert (found.unchanged, found.differing, found.looked_at, found.worst, found.psnr) == (2, 0, 0, [], None)


def test_the_worst_stand_first(tmp_path: Path) -> None:
    before = {f"r{number:02}": noise(number) for number in range(14)}
    after = {name: faded(image, number) for number, (name, image) in enumerate(before.items())}
    after["r03"] = noise(3, (24, 16))
    found = changes(tmp_path, before, after)
    assert (found.unchanged, found.differing, found.looked_at) == (1, 13, 13)
    assert [change.before for change in found.worst] == ["r03", *(f"r{number:02}" for number in range(13, 4, -1))]
    assert found.worst[0].note == "48×32 and 24×16 pixels" and found.worst[0].ssim is None
    worst = found.worst[1]
    images = [np.asarray(picture["r13"]) for picture in (before, after)]
    assert worst.psnr == pytest.approx(peak_signal_noise_ratio(*images)) == pytest.approx(20 * np.log10(255 / 13))
    assert worst.ssim == pytest.approx(structural_similarity(*images, channel_axis=2))
    known = [faded_likeness(number) for number in range(1, 14) if number != 3]
    assert (found.psnr, found.ssim) == pytest.approx(tuple(np.mean(known, axis=0)))


def faded_likeness(number: int) -> tuple[float, float]:
    images = np.asarray(noise(number)), np.asarray(faded(noise(number), number))
    return peak_signal_noise_ratio(*images), structural_similarity(*images, channel_axis=2)


def test_the_same_pixels_in_another_file_are_no_change(tmp_path: Path) -> None:
    write_night(tmp_path / "before", [record("a")])
    write_night(tmp_path / "after", [record("a", image_sha256="another")])
    told = PngImagePlugin.PngInfo()
    told.add_text("parameters", "seed=1")
    noise(0).save(tmp_path / "after" / "images" / "a.png", pnginfo=told)
    nights = [read_night(str(tmp_path / name)) for name in ("before", "after")]
    pairs = match(nights[0].renders, nights[1].renders).pairs
    found = image_changes(nights[0].folder, nights[1].folder, pairs, 200)
    assert (found.unchanged, found.differing, found.same_pixels, found.worst) == (0, 1, 1, [])


def test_of_many_some_are_looked_at_evenly(tmp_path: Path) -> None:
    before = {f"r{number}": noise(number) for number in range(9)}
    found = changes(tmp_path, before, {name: noise(100) for name in before}, most=3)
    assert (found.differing, found.looked_at) == (9, 3)
    assert {change.before for change in found.worst} == {"r0", "r4", "r8"}
    numbers: list[Any] = list(range(1000))
    assert evenly(numbers, 5) == [0, 250, 500, 749, 999]
    assert evenly(numbers, 0) == [] and evenly(numbers, 1) == [0]


@pytest.mark.parametrize("data", [b"", b"\x89PNG nothing more"])
def test_an_image_that_cannot_be_read_is_counted(tmp_path: Path, data: bytes) -> None:
    write_night(tmp_path / "before", [record("a"), record("b")], {"a": noise(1), "b": noise(2)})
    write_night(tmp_path / "after", [record("a"), record("b")], {"a": noise(3), "b": noise(4)})
    (tmp_path / "after" / "images" / "a.png").write_bytes(data)
    found = looked_at(tmp_path)
    assert (found.looked_at, found.unreadable, [change.before for change in found.worst]) == (2, 1, ["b"])


@pytest.mark.parametrize("path", ["../../secret.png", "/etc/passwd", "images/b.png"])
def test_a_record_that_names_another_image_is_not_believed(tmp_path: Path, path: str) -> None:
    write_night(tmp_path / "before", [record("a"), record("b")], {"a": noise(1), "b": noise(2)})
    write_night(tmp_path / "after", [record("a", image=path), record("b")], {"a": noise(3), "b": noise(4)})
    found = looked_at(tmp_path)
    assert (found.looked_at, found.unreadable) == (2, 0)
    assert {change.image_after for change in found.worst} == {"images/a.png", "images/b.png"}


def test_large_and_tiny_images_are_compared() -> None:
    large = Image.fromarray(np.zeros((40, 3000, 3), np.uint8))
    dotted = large.copy()
    dotted.putpixel((5, 5), (1, 0, 0))  # lost when it is made smaller
    psnr, ssim = likeness(large, dotted)
    assert psnr > 90 and ssim == pytest.approx(1)
    assert likeness(noise(1, (5, 4)), noise(2, (5, 4)))[1] < 0.9
