"""What is found before anything starts."""

from __future__ import annotations

import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from silent_server import silent_server

from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.dry_run import dry_run
from semstyle.farm.errors import FarmError
from semstyle.farm.preflight import MOST_SAMPLED, ROWS_READ, SECONDS, check_inputs, spread
from semstyle.manifest import ManifestError

HERE = "http://127.0.0.1:1"  # nothing listens


def test_no_input_within_reach_stops_the_run_before_ray_starts(manifest, tmp_path):
    gone = {name: str(tmp_path / f"{name}.png") for name in ("style", "style_map", "target_map")}
    path = manifest({"seed": 0, **gone}, {"seed": 1, **gone})
    with pytest.raises(FarmError, match=r"none of 3 images and maps .* nothing was started: .*style.png"):
        # With this address, a run that went on would fail for another reason.
        run_manifest(path, str(tmp_path / "out"), RunOptions(address="127.0.0.1:1"))
    assert not (tmp_path / "out" / "failures").exists()


def test_single_missing_inputs_are_their_rows_matter(manifest, tmp_path):
    check_inputs(manifest({"style": str(tmp_path / "gone.png")}))


def test_bad_rows_beside_a_good_one_are_no_reason_to_refuse(manifest):
    check_inputs(manifest({"style_weight": -1.0}, {}))


def test_a_manifest_without_a_render_is_refused_before_anything_is_written(manifest, tmp_path):
    pq.write_table(pa.table({"style": pa.array([], pa.string())}), tmp_path / "empty.parquet")
    for path, message in (
        (str(tmp_path / "empty.parquet"), "it has no rows, so there is nothing to render"),
        (manifest({"size": 3}), r"each of its rows is invalid, so nothing was started: 1 in size \(row 1: 3 is not "),
    ):
        for run in (run_manifest, dry_run):
            with pytest.raises(ManifestError, match=message) as refused:
                run(path, str(tmp_path / "out"), RunOptions(address="127.0.0.1:1"))
            assert refused.value.exit_code == 2 and not (tmp_path / "out").exists()


def test_a_thousand_bad_rows_and_no_other_are_refused_by_kind(manifest, tmp_path):
    bad = [{"style_weight": -1.0} if seed % 4 else {"size": -1, "seed": seed} for seed in range(ROWS_READ)]
    with pytest.raises(ManifestError) as refused:
        run_manifest(manifest(*bad, {}), str(tmp_path / "out"), RunOptions(address="127.0.0.1:1"))
    line = str(refused.value)
    assert "each of the first 1,000 rows is invalid, so nothing was started: 750 in style_weight (row 2: " in line
    assert "), 250 in size (row 1: " in line
    assert not (tmp_path / "out").exists()
    check_inputs(manifest(*bad[1:], {}, bad[0]))  # one of the first thousand is good


def test_one_silent_server_holds_nothing_up(manifest):
    with silent_server() as server:
        begun = time.monotonic()
        check_inputs(manifest({"style": f"{server}/a.png"}), ("/", server))
    assert time.monotonic() - begun < SECONDS / 2, "the maps were found at once"


def test_an_encoder_that_is_nowhere_stops_the_run(manifest, tmp_path):
    path = manifest({"encoder": str(tmp_path / "none.npz")})
    with pytest.raises(FarmError, match=r"none of 1 encoders .*none.npz"):
        check_inputs(path)
    check_inputs(manifest({"encoder": str(tmp_path / "none.npz")}, {"seed": 1}))  # some rows can be rendered


def test_vgg19_has_to_be_here_or_within_reach_when_workers_are_here(manifest, tmp_path, monkeypatch):
    from torchvision.models import VGG19_Weights

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    weights = VGG19_Weights.IMAGENET1K_V1
    monkeypatch.setattr(type(weights), "url", f"{HERE}/vgg19.pth", raising=False)
    path = manifest({"encoder": "vgg19"})
    with pytest.raises(FarmError, match=r"none of 1 encoders"):
        check_inputs(path)
    check_inputs(path, renders_here=False)
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "hub" / "checkpoints" / "vgg19.pth").touch()
    check_inputs(path)


def test_what_the_rows_may_not_read_is_not_looked_for(manifest, pictures, tmp_path):
    with pytest.raises(FarmError, match="not under an allowed prefix"):
        check_inputs(manifest({}), (str(tmp_path),))
    check_inputs(manifest({}), (str(pictures),))


def test_a_sample_is_spread_over_what_there_is():
    assert spread(["a", "b"]) == ["a", "b"]
    sample = spread(map(str, range(1000)))
    assert len(sample) == MOST_SAMPLED == len(set(sample)) and int(sample[-1]) > 900
