"""A folder as a newcomer may have it: pictures and maps that are right and wrong, specs, tables and manifests."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
STYLE = {"style": ["style.png"]}
MANIFESTS: dict[str, dict[str, Any]] = {
    "good": {**STYLE, "size": [64]},
    "no_rows": {"style": pa.array([], pa.string())},
    "misspelt": {"stlye": ["style.png"]},
    "other_name": {"image": ["style.png"]},
    "only_content": {"content": ["style.png"]},
    "text_size": {**STYLE, "size": ["big"]},
    "text_tags": {**STYLE, "tags": ["a=b"]},
    "number_style": {"style": [5]},
    "all_bad": {"style": ["style.png", None], "size": [16, 64]},
    "one_bad": {
        "style": ["style.png", "style.png"],
        "style_map": ["gone_map.png", None],
        "target_map": ["notes.txt", None],
        "size": [16, 64],
        "method": ["neural", None],
    },
    "gone": {"style": ["gone.png"] * 3 + ["style.png", "gone.png"], "seed": [1, 2, 3, 4, 5]},
    "one_id": {"style": ["a", "b"], "render_id": ["one", "one"]},
    "bad_id": {"style": ["a"], "render_id": ["my id"]},
    "fewer_maps": {"style": [["a", "b"]], "style_map": [["m"]], "target_map": ["t"]},
}
INPUTS = "inputs:\n  - style: style.png\n"
SPECS = {
    "list": "- style: style.png\n",
    "text": "hello\n",
    "nothing": "",
    "misspelt_key": "inputs:\n  - stile: style.png\n",
    "no_inputs": "grid:\n  size: [64]\n",
    "no_list": "inputs:\n  style: style.png\n",
    "no_mapping": "inputs:\n  - style.png\n",
    "indented": f"{INPUTS}   style_map: map.png\n",
    "tab": "inputs:\n\t- style: style.png\n",
    "colon": "inputs:\n  - style: a: b\n",
    "open_quote": "inputs:\n  - style: 'style.png\n",
    "open_bracket": f"{INPUTS}grid: {{size: [64, 128\n",
    "twice": INPUTS + INPUTS,
    "misspelt_parameter": f"{INPUTS}grid:\n  style_wieght: [25]\n",
    "text_weight": f"{INPUTS}grid:\n  style_weight: [25, lots]\n",
    "both": f"{INPUTS}grid:\n  size: [64]\nfixed:\n  size: 64\n",
    "empty_grid": f"{INPUTS}grid:\n  size: []\n",
    "list_grid": f"{INPUTS}grid:\n  - size: [64]\n",
    "empty_inputs": "inputs: []\n",
    "list_tags": f"{INPUTS}    tags: [coast]\n",
    "one_map": f"{INPUTS}    style_map: map.png\n",
    "number_style": "inputs:\n  - style: 5\n",
    "yes": f"{INPUTS}fixed:\n  size: yes\n",
    "no_layer": f"{INPUTS}fixed:\n  style_layers: 3_9\n",
    "no_preset": f"{INPUTS}grid:\n  preset: [faithful, painted]\n",
    "hash": f"{INPUTS}fixed:\n  content_weights: #ff0000=3\n",
    "hash_in_braces": f"{INPUTS}fixed: {{content_weights: #ff0000=3}}\n",
    "parameter_in_inputs": f"{INPUTS}    style_weight: 25\n",
    "second_job": "jobs:\n  - inputs: [{style: a.png}]\n  - inputs: [{style: b.png}]\n    grid: {sizes: [64]}\n",
}
TABLES = {
    "rows": "style,style_map,target_map\nstyle.png,map.png,map.png\n",
    "text_size": "style,size\nstyle.png,64\nstyle.png,big\n",
    "misspelt": "style,sise\nstyle.png,64\n",
    "nothing": "",
    "header": "style,size\n",
    "commas": "style,style_layers\nstyle.png,3_1,4_1\n",
    "with_tags": "style,tags\nstyle.png,coast\n",
}


def write_files(folder: Path) -> None:
    write_pictures(folder)
    for name, columns in MANIFESTS.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    for name, text in SPECS.items():
        (folder / f"{name}.yaml").write_text(text)
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text)
    (folder / "latin.csv").write_bytes("style\nstylé.png\n".encode("latin-1"))
    (folder / "grid.yaml").write_text(f"{INPUTS}grid:\n  style_weight: [25, 50]\n")
    (folder / "cut.parquet").write_bytes((folder / "good.parquet").read_bytes()[:-40])
    (folder / "empty.parquet").touch()
    (folder / "rows.json").write_text('[{"style": "style.png"}]')
    with zipfile.ZipFile(folder / "rows.xlsx", "w") as workbook:
        workbook.writestr("xl/workbook.xml", "<workbook/>")
    for place in ("folder", "tables", "other"):
        (folder / place).mkdir()
    (folder / "tables" / "rows.csv").write_text(TABLES["rows"])
    for name in ("job.json", "status.json"):
        (folder / "other" / name).write_text("{}")


def write_pictures(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "style.png")
    Image.new("RGB", (64, 48), (90, 120, 30)).save(folder / "content.png")
    save_map(folder / "map.png", RED, BLUE)
    save_map(folder / "other_map.png", GREEN, YELLOW)
    Image.open(folder / "map.png").convert("L").save(folder / "grey_map.png")
    Image.open(folder / "map.png").crop((0, 0, 30, 48)).save(folder / "tall_map.png")
    for name in ("scan.tif", "moving.gif"):
        Image.open(folder / "style.png").save(folder / name)
    np.save(folder / "words.npy", np.full((48, 64), "sky"))
    (folder / "cut.png").write_bytes((folder / "style.png").read_bytes()[:400])
    (folder / "empty.png").touch()
    (folder / "page.png").write_text("<!DOCTYPE html><title>Not found</title>")
    (folder / "notes.txt").write_text("hello\n")
    (folder / "weights.pth").write_bytes(b"no weights at all")


def save_map(path: Path, above: tuple[int, int, int], below: tuple[int, int, int]) -> None:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:24], pixels[24:] = above, below
    Image.fromarray(pixels).save(path)
