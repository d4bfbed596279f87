"""This module measures how different two images look to people, by a network that was fitted to their judgements."""

from __future__ import annotations

import sys
import warnings
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from semstyle.engine.inputs.resizing import image_size, resized
from semstyle.errors import InputError, RenderError
from semstyle.evaluate.sight import judged_size

if TYPE_CHECKING:
    from lpips import LPIPS

SMALLEST = 31
"""AlexNet's poolings leave nothing of an image of fewer pixels on a side."""


def load_lpips() -> LPIPS:
    """Return LPIPS over AlexNet: the fitted weights come with the package ``lpips``, AlexNet's from torchvision.

    Raises:
        InputError: when the extra ``metrics`` is not installed.
        RenderError: when AlexNet's weights could not be downloaded.
    """
    try:
        from lpips import LPIPS
    except ModuleNotFoundError as error:
        raise InputError('--lpips: it needs a package; pip install "semstyle[metrics]"') from error
    from torchvision.models import AlexNet_Weights

    weights = AlexNet_Weights.IMAGENET1K_V1
    try:
        with redirect_stdout(sys.stderr):  # where torch would say that it is downloading
            state = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (OSError, RuntimeError) as error:
        raise RenderError(
            f"--lpips: could not download {weights.url} ({error}); download it elsewhere and put it into "
            f"{torch.hub.get_dir()}/checkpoints"
        ) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package asks torchvision for a network in the way of earlier versions
        # By itself it would load the backbone's weights without a look at their digest.
        network = LPIPS(net="alex", pnet_rand=True, verbose=False)
    backbone = {name: state[f"features.{name.partition('.')[2]}"] for name in network.net.state_dict()}
    network.net.load_state_dict(backbone)
    return network.requires_grad_(False).eval()


def lpips_distance(output: Tensor, content: Tensor, network: LPIPS) -> float:
    """Return LPIPS (Zhang, Isola, Efros, Shechtman & Wang 2018, version 0.1), 0 or more; 0 = the content itself.

    Both images are judged at the output's shape, at 384 × 384 pixels' area at
    most, as the other metrics see them.

    Args:
        output, content: (3, H, W) in 0..1.

    Raises:
        InputError: when the output has less than 31 pixels on a side.
    """
    size = judged_size(image_size(output))
    if min(size) < SMALLEST:
        raise InputError(f"--lpips: it needs {SMALLEST} pixels on a side, and the image has {size[1]}×{size[0]}")
    return float(network(resized(output, size)[None], resized(content, size)[None], normalize=True))
