"""Resizing images, among them some that are reduced more than a GPU can at once."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from semstyle.engine.inputs.resizing import resized


def picture(height: int, width: int) -> torch.Tensor:
    """A smooth picture: any sound way to reduce it gives much the same."""
    down = torch.linspace(0, 3, height)[:, None]
    right = torch.linspace(0, 2, width)
    return torch.stack([down.sin().square() + 0 * right, right.cos().square() + 0 * down, (down + right) / 5])


def test_up_to_32_times_it_is_one_bicubic_interpolation() -> None:
    image = picture(320, 64)
    expected = F.interpolate(image[None], (10, 8), mode="bicubic", antialias=True)[0].clamp(0, 1)
    assert torch.equal(resized(image, (10, 8)), expected)


@pytest.mark.parametrize("size", [(40, 60), (9, 60), (40, 10), (5, 5)])
def test_more_is_averaged_first_and_looks_the_same(size: tuple[int, int], device: torch.device) -> None:
    image = picture(1500, 900).to(device)
    expected = F.interpolate(image.cpu()[None], size, mode="area")[0]
    assert resized(image, size).shape == (3, *size)
    assert (resized(image, size).cpu() - expected).abs().max() < 0.03


@pytest.mark.parametrize(
    ("own", "wanted"), [((4800, 100), (100, 100)), ((100, 4800), (100, 100)), ((3300, 50), (100, 2))]
)
def test_no_interpolation_reduces_more_than_32_times(
    own: tuple[int, int], wanted: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reductions = []
    interpolate = F.interpolate

    def watched(image: torch.Tensor, size: tuple[int, int], **options: object) -> torch.Tensor:
        if options["mode"] == "bicubic":
            reductions.extend(before / after for before, after in zip(image.shape[-2:], size, strict=True))
        return interpolate(image, size, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(F, "interpolate", watched)
    resized(picture(*own), wanted)
    assert max(reductions) <= 32
