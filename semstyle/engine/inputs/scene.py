"""A scene: what one image is made from, checked and on the device."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from semstyle.engine.guided_filter import with_detail_of
from semstyle.engine.inputs.canvas import MARGIN, Canvas
from semstyle.engine.inputs.content_factors import content_factors
from semstyle.engine.inputs.luminance import grey, grey_as, with_colors_of
from semstyle.engine.inputs.phases import Phase
from semstyle.engine.inputs.request import Request
from semstyle.engine.inputs.resizing import image_size, resized
from semstyle.engine.inputs.semantic_map import MapPair
from semstyle.errors import InputError, ParameterError


class Scene:
    """What one image is made from.

    Attributes:
        phases: The phases, coarsest first.
        styles: The styles in use, each with its SHA-256.
        used: The numbers of these styles in the request.
        content_factors: How much each pixel of the target map keeps the content, (1, h, w), or None.

    Raises:
        InputError: The images and maps do not fit together or with the parameters.
    """

    def __init__(self, request: Request, device: torch.device) -> None:
        self.parameters = request.parameters
        self.device = device
        self.used = request.used
        self.content = None if request.content is None else on_device(request.content, device)
        self._colors = kept(self.content, "preserve_color", self.parameters.preserve_color, "style")
        self._guide = kept(self.content, "preserve", self.parameters.preserve, "none")
        styles = [on_device(request.styles[number], device) for number in self.used]
        digests = [digest_of(request.styles[number]) for number in self.used]  # a device would be waited for
        if self._colors is not None and request.content is not None:
            styles = [grey_as(style, self._colors) for style in styles]
            digests = [f"{digest} grey as {digest_of(request.content)}" for digest in digests]
            self.content = grey(self._colors)
        self.styles = list(zip(styles, digests, strict=True))
        self.shares = [share for share in request.parameters.style_shares or [1.0] * len(styles) if share]
        self.maps = map_pair(request, device)
        factors = content_factors(request)
        self.content_factors = None if factors is None else factors.to(device)
        self.phases = request.phases
        self._init_image = None if request.init_image is None else on_device(request.init_image, device)

    def start(self) -> Tensor:
        """Return where the coarsest phase begins, (3, H, W): noise, the same on every device, or an image.

        Raises:
            InputError: when the image to start from is not there.
        """
        size, init = self.phases[0].output, self.parameters.init
        if init == "noise":
            noise = torch.rand(3, *size, generator=torch.Generator().manual_seed(self.parameters.seed))
            return self._uncolored(0.25 + 0.5 * noise).to(self.device)
        image = self.content if init == "content" else self._init_image
        if image is None:
            raise InputError(f"init is {init!r}, but there is no such image; give it, or use init=noise")
        return self._uncolored(resized(image, size))

    def canvas(self, phase: Phase) -> Canvas:
        """Return the canvas on which ``phase`` is optimised; only the finest has a margin."""
        return Canvas(phase.output, MARGIN if phase == self.phases[-1] else 0)

    def finish(self, image: Tensor) -> Tensor:
        """Return the last phase's ``image`` (3, H, W), with what is kept of the content: detail, colours."""
        size = image_size(image)
        if self._guide is not None:
            image = with_detail_of(image, resized(self._guide, size).to(image))
        if self._colors is not None:
            image = with_colors_of(image, resized(self._colors, size).to(image))
        return image

    def _uncolored(self, image: Tensor) -> Tensor:
        return image if self._colors is None else grey(image)


def map_pair(request: Request, device: torch.device) -> MapPair | None:
    """Return the maps to match with, or None when the method or γ leaves them out.

    Raises:
        InputError: when only one is given.
    """
    style_maps, target_map, parameters = request.style_maps, request.target_map, request.parameters
    if (style_maps is None) != (target_map is None):
        missing = "style_map" if style_maps is None else "target_map"
        raise InputError(f"{missing} is missing: the style and the target each need a semantic map, or neither")
    if style_maps is None or target_map is None or not parameters.traits.uses_maps or parameters.semantic_weight == 0:
        return None
    used = [style_maps[number].to(device) for number in request.used]
    return MapPair(used, target_map.to(device), parameters.map_encoding)


def kept(content: Tensor | None, name: str, value: str, nothing: str) -> Tensor | None:
    """Return the content if something of it is to be kept, else None.

    Args:
        name: Of the parameter that says so.
        value: What it says.
        nothing: What it says when nothing is to be kept.

    Raises:
        ParameterError: when something is to be kept and there is no content.
    """
    if value == nothing:
        return None
    if content is None:
        raise ParameterError(name, f"is {value}, but there is no content image; give it, or use {nothing}")
    return content


def digest_of(image: Tensor) -> str:
    """Return the SHA-256 of an image's pixels, of its type and of its size."""
    digest = hashlib.sha256(f"{image.dtype} {tuple(image.shape)}".encode())
    digest.update(image.cpu().contiguous().numpy().data)
    return digest.hexdigest()


def on_device(image: Tensor, device: torch.device) -> Tensor:
    return image.to(device, torch.float32)
