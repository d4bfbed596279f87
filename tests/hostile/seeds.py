"""Where fuzzing and the property tests start from: a good file of each kind, and every forged one that is small."""

from __future__ import annotations

import io
from typing import Any

import forged_images
import forged_maps
import forged_weights
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.torch import save


def manifest_bytes(**columns: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


TAGS = pa.array([[("k", "v")]], pa.map_(pa.string(), pa.string()))
MANIFESTS = [
    manifest_bytes(style=["a.png", "b.png"], size=[64, 128], render_id=["one", "two"]),
    manifest_bytes(style=["a"], tags=TAGS, style_layers=[["3_1"]]),
    manifest_bytes(
        style=[["a", "b"], None], style_map=[["m"], []], rotations=[[0.0, None], [15.0]], scales=["1,2", ""]
    ),
]
FORGED = [content for content, _ in (*forged_images.REFUSED.values(), *forged_maps.REFUSED.values())]
PICTURES = [content for content, _ in forged_images.ACCEPTED.values()]
SMALL_MAPS = [content for content in (*FORGED, *PICTURES, *forged_maps.ACCEPTED.values()) if len(content) < 20_000]
SPECS = [
    b"""
inputs: &inputs
  - {style: a.png, style_map: m.png, target_map: t.png, tags: {a: 1}}
grid: {style_weight: [25, 1e2], size: [64]}
fixed: {seed: 3, style_layers: [3_1, 4_1], init: noise}
tags: {b: c}
""",
    b"{inputs: [{style: [a, b], style_map: [m, n], target_map: t}], grid: {rotations: [[0, 15.5]], scales: ['1,2']}}",
    b"{jobs: [{inputs: [{style: a}], fixed: {seed: 1}}, {inputs: [{style: b, content: s3://b/c}]}], tags: {x: y}}",
    b"""
styles: [{image: a.png, map: m.png, tags: {a: 1}}, {image: b.png, map: n.png}]
contents: {image: c.png, map: auto}
jobs:
  - {targets: [{map: t.png}, {map: u.png}], presets: [faithful, null], zip: {size: [64, 128], passes: [1, 2]}}
  - inputs: [{style: a}]
    sample: {method: latin, n: 3, ranges: {variety: {low: 0.1, high: 2, log: true}, pooling: {choices: [max]}}}
    seeds: [1, 2]
when: {size: method = semantic, variety: "seed in [1, 2] or not tags.a >= 3"}
exclude: ["size == 64 and passes = 1", style = b.png]
""",
    b'{"inputs": [{"style": "\\ud83d\\ude42.png"}], "grid": {"init": ["content", null, 2024-01-01, !!binary aGk=]}}',
]
DEEPER = {
    "1_2.weight": forged_weights.zeros(4, 4),
    "1_2.bias": torch.zeros(4),
    "2_1.weight": forged_weights.zeros(8, 4),
    "2_1.bias": torch.zeros(8),
}
ENCODER = forged_weights.first(4) | DEEPER
ARRAYS = {name: tensor.numpy() for name, tensor in ENCODER.items()}
WEIGHTS = [
    forged_weights.encoder(ENCODER),
    forged_weights.encoder(ENCODER, _use_new_zipfile_serialization=False),
    forged_weights.npz(ARRAYS),
    forged_weights.npz(ARRAYS, np.savez_compressed),
    save(ENCODER),
]
