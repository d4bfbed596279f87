"""``semstyle evaluate``: the metrics of a picture that is there already, whatever made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from semstyle.commands.first_look import image_size, is_local, look_at, require_input
from semstyle.commands.fitting import table_console
from semstyle.commands.render import checked_row, chosen_device, load, say
from semstyle.errors import InputError
from semstyle.evaluate.metrics import METRICS, Metric
from semstyle.storage import AllowList, redact, resolve

if TYPE_CHECKING:
    from torch import Tensor

    from semstyle.manifest.inputs import Inputs
    from semstyle.manifest.row import Row

LPIPS = Metric("lpips", 0, None, "perceptual distance from the content (LPIPS over AlexNet)")


def evaluate(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="The picture to judge: a path or URI.")],
    style: Annotated[
        list[str], typer.Option("--style", help="The style that it is meant to have; repeat for several.")
    ],
    style_map: Annotated[
        list[str] | None,
        typer.Option("--style-map", help="Semantic map of the style, one for each --style; or auto, to make maps."),
    ] = None,
    target_map: Annotated[str | None, typer.Option("--target-map", help="Semantic map of IMAGE.")] = None,
    content: Annotated[
        str | None, typer.Option("--content", help="The photograph whose content it is meant to have.")
    ] = None,
    lpips: Annotated[
        bool, typer.Option("--lpips", help="Also judge by LPIPS, whose network of 233 MB is downloaded once.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")] = False,
) -> None:
    """Judge a picture as a render's record does: all metrics that its style, maps and content allow.

    docs/metrics.md says what each of them means.
    """
    if lpips and content is None:
        raise InputError("--lpips: it compares with the content; give --content")
    row = checked_row({"style": style, "style_map": style_map, "target_map": target_map, "content": content})
    uri = image_uri(image)
    look_at(row)
    found = judge_picture(uri, row, lpips)
    if as_json:
        print(json.dumps({"image": redact(image), **found}, indent=2))
    else:
        table_console().print(table_of(found))


def image_uri(image: str) -> str:
    """Return the absolute path or URI of the picture; of a file on this machine it looks whether it is a picture.

    Raises:
        InputError: when it is none.
        StorageError: when there is no such file.
    """
    if not image.strip():
        raise InputError("IMAGE: an empty path or URI; name a file")
    uri = resolve(image, str(Path.cwd()))
    if is_local(uri):
        require_input("image", uri)
        image_size(uri)
    return uri


def judge_picture(uri: str, row: Row, lpips: bool) -> dict[str, float]:
    """Return the metrics by name, in the order of the page; imports torch only now."""
    import torch

    from semstyle.engine import Rendering, Request
    from semstyle.evaluate.judgement import judge
    from semstyle.evaluate.perceptual import load_lpips, lpips_distance
    from semstyle.manifest.inputs import InputReader

    inputs = load(row, torchscript=False, threads=None)
    picture = InputReader(AllowList.trusting()).image(uri)
    check_shapes(picture, inputs)
    network = load_lpips() if lpips else None  # before the work, as it may not be there
    for remark in inputs.remarks:
        say(Console(stderr=True), remark)
    judged = judge(Request(**inputs.as_dict()), Rendering(picture, []), chosen_device("auto"))
    found = {metric.name: judged[metric.name] for metric in METRICS if metric.name in judged}
    if network is not None and inputs.content is not None:
        with torch.no_grad():
            found[LPIPS.name] = lpips_distance(picture, inputs.content, network)
    return found


def check_shapes(picture: Tensor, inputs: Inputs) -> None:
    """Raise :class:`InputError` when the content or the target map differs from the picture in aspect."""
    height, width = picture.shape[1:]
    for option, other in (("--content", inputs.content), ("--target-map", inputs.target_map)):
        if other is None:
            continue
        other_height, other_width = other.shape[1:]
        # Each side may be off by rounding; so a render is checked, too.
        slack = 1.5 * (1 / min(height, width) + 1 / min(other_height, other_width))
        if abs(width * other_height / (height * other_width) - 1) > slack:
            raise InputError(
                f"{option}: it has {other_width}×{other_height} pixels, and the image {width}×{height}: they need the "
                "same aspect; crop or scale one of them"
            )


def table_of(found: Mapping[str, float]) -> Table:
    """Return a row for each metric: its name, its value, the value of the style itself, and what it means."""
    table = Table("metric", Column("value", justify="right"), Column("best", justify="right"), "", box=None)
    for metric in (*METRICS, LPIPS):
        if metric.name in found:
            table.add_row(metric.name, f"{found[metric.name]:.4g}", f"{metric.best:g}", metric.meaning)
    return table
