"""Reading photographs and making crops of them."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from semstyle.distillation.photographs import Crops, Photograph, add_noise, blur, read_photographs, split
from semstyle.errors import InputError, SemstyleError


def png(photograph: Photograph) -> bytes:
    file = io.BytesIO()
    Image.fromarray(photograph.pixels.permute(1, 2, 0).numpy()).save(file, "PNG")
    return file.getvalue()


def write_tar(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))


def test_a_folder_and_a_tar_hold_the_same_photographs(photographs: list[Photograph], tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for photograph in photographs:
        (folder / photograph.name).write_bytes(png(photograph))
    (folder / "notes.txt").write_text("not a photograph")
    write_tar(tmp_path / "photos.tar", {x.name: png(x) for x in reversed(photographs)} | {"notes.txt": b"nor here"})
    for uri in (str(folder), str(tmp_path / "photos.tar")):
        found = read_photographs(uri)
        assert [x.name for x in found] == sorted(x.name for x in photographs)
        for one, other in zip(found, sorted(photographs, key=lambda x: x.name), strict=True):
            assert torch.equal(one.pixels, other.pixels)


def test_a_tar_never_writes_where_its_members_say(photographs: list[Photograph], tmp_path: Path) -> None:
    members = {f"../../escaped-{x.name}": png(x) for x in photographs}
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    write_tar(inner / "photos.tar", members)
    read_photographs(str(inner / "photos.tar"))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["photos.tar"]


def test_too_few_photographs_or_a_broken_one_are_one_clear_line(photographs: list[Photograph], tmp_path: Path) -> None:
    write_tar(tmp_path / "few.tar", {x.name: png(x) for x in photographs[:16]})
    with pytest.raises(InputError, match="16 there; distilling needs more than 16"):
        read_photographs(str(tmp_path / "few.tar"))
    write_tar(tmp_path / "broken.tar", {x.name: png(x) for x in photographs} | {"broken.jpg": b"no image"})
    with pytest.raises(SemstyleError, match=r"broken\.jpg"):
        read_photographs(str(tmp_path / "broken.tar"))


def test_held_out_photographs_are_16_spread_evenly_and_never_trained_on() -> None:
    many = [Photograph(f"{index:03}.png", torch.zeros(3, 1, 1, dtype=torch.uint8)) for index in range(100)]
    training, held_out = split(many)
    assert [x.name for x in held_out] == [f"{index:03}.png" for index in range(0, 96, 6)]
    assert len(training) == 84 and not {x.name for x in training} & {x.name for x in held_out}


def test_squares_are_where_they_should_be() -> None:
    ramp = torch.arange(12, dtype=torch.uint8).expand(3, 6, 12).contiguous()
    photograph = Photograph("ramp", ramp)
    torch.testing.assert_close(photograph.square(6)[0, 0] * 255, torch.arange(3.0, 9.0))
    first, last = photograph.corner_squares(6)
    torch.testing.assert_close(first[0, 0] * 255, torch.arange(0.0, 6.0))
    torch.testing.assert_close(last[0, 0] * 255, torch.arange(6.0, 12.0))


def test_crops_and_their_damage_stay_in_range_and_repeat_with_their_seed(photographs: list[Photograph]) -> None:
    crops, again, other = (Crops(photographs, 32, seed) for seed in (3, 3, 4))
    batch = crops.batch(12)
    assert batch.shape == (12, 3, 32, 32) and batch.min() >= 0 and batch.max() <= 1
    assert torch.equal(batch, again.batch(12)) and not torch.equal(batch, other.batch(12))
    noisy, blurred = add_noise(batch, crops.random), blur(batch, crops.random)
    for damaged in (noisy, blurred):
        assert damaged.shape == batch.shape and damaged.min() >= 0 and damaged.max() <= 1
    assert roughness(noisy) > roughness(batch) > roughness(blurred)


def roughness(images: torch.Tensor) -> float:
    return float((images[..., 1:] - images[..., :-1]).square().mean())
