"""What one image is made from, on its device, and what is minimised to make it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import torch
from torch import Tensor

from semstyle.engine.encoder import Encoder
from semstyle.engine.errors import InputError
from semstyle.engine.objective import Objective
from semstyle.engine.parameters import Parameters
from semstyle.engine.phases import Phase, Size, output_size, plan_phases
from semstyle.engine.resizing import image_size, resized
from semstyle.engine.semantic_map import MapPair
from semstyle.engine.style_features import StyleFeatures


@dataclass(frozen=True)
class Request:
    """The inputs of one render; see :func:`semstyle.engine.render`."""

    style: Tensor
    style_map: Tensor | None = None
    target_map: Tensor | None = None
    content: Tensor | None = None
    parameters: Parameters = field(default_factory=Parameters)
    init_image: Tensor | None = None

    @property
    def phases(self) -> list[Phase]:
        """Coarsest first.

        Raises:
            InputError: when the images are too small, or do not fit together.
        """
        size = output_size(self.parameters, layout(self))
        return plan_phases(self.parameters, size, image_size(self.style))

    @property
    def shared(self) -> tuple[object, ...]:
        """What must be the same in all requests of a batch; raises as :attr:`phases`."""
        parameters = self.parameters
        encoder = (parameters.encoder, parameters.pooling, parameters.precision)
        outputs = tuple(phase.output for phase in self.phases)
        return encoder, outputs, parameters.iterations, parameters.rematch


class Scene:
    """A request on its device, checked.

    Attributes:
        phases: Coarsest first.
        style_digest: SHA-256 of the style's pixels.

    Raises:
        InputError: The images and maps do not fit together or with the parameters.
    """

    def __init__(self, request: Request, device: torch.device) -> None:
        self.parameters = request.parameters
        self.style = on_device(request.style, device)
        self.style_digest = hashlib.sha256(request.style.cpu().numpy().tobytes()).hexdigest()
        self.content = None if request.content is None else on_device(request.content, device)
        self.maps = map_pair(request, device)
        self.phases = request.phases
        self._init_image = None if request.init_image is None else on_device(request.init_image, device)

    def start(self) -> Tensor:
        """Where the coarsest phase begins, (3, H, W): noise, the same on every device, or an image.

        Raises:
            InputError: when the image to start from is not there.
        """
        size, init = self.phases[0].output, self.parameters.init
        if init == "noise":
            noise = torch.rand(3, *size, generator=torch.Generator().manual_seed(self.parameters.seed))
            return (0.25 + 0.5 * noise).to(self.style.device)
        image = self.content if init == "content" else self._init_image
        if image is None:
            raise InputError(f"init is {init!r}, but there is no such image; give it, or use init=noise")
        return resized(image, size)

    def objective(
        self, phase: Phase, encoder: Encoder, features: StyleFeatures, kind: type[Objective] = Objective
    ) -> Objective:
        """What ``phase`` minimises; benchmarks ask for a plain ``kind``."""
        style = features.of(encoder, self.style, self.style_digest, phase.style, self.parameters.style_layers)
        content = None if self.content is None else resized(self.content, phase.output)
        return kind(encoder, style, content, self.maps, phase.output, self.parameters)


def map_pair(request: Request, device: torch.device) -> MapPair | None:
    """The maps to match with, or None when the method or γ leaves them out.

    Raises:
        InputError: when only one is given.
    """
    style_map, target_map, parameters = request.style_map, request.target_map, request.parameters
    if (style_map is None) != (target_map is None):
        missing = "style_map" if style_map is None else "target_map"
        raise InputError(f"{missing} is missing: the style and the target each need a semantic map, or neither")
    if style_map is None or target_map is None or parameters.method == "patch" or parameters.semantic_weight == 0:
        return None
    return MapPair(style_map.to(device), target_map.to(device), parameters.map_encoding)


def layout(request: Request) -> Size:
    """The shape whose aspect the output takes: the content's, else the target map's, else what is asked or the style's.

    Raises:
        InputError: when content and target map differ in aspect by more than rounding.
    """
    content, target_map, aspect = request.content, request.target_map, request.parameters.aspect
    if content is None and target_map is None:
        return image_size(request.style) if aspect is None else (1000, max(1, round(1000 * aspect)))
    if content is not None and target_map is not None:
        (h, w), (map_h, map_w) = image_size(content), image_size(target_map)
        if abs(w / h / (map_w / map_h) - 1) > 1.5 * (1 / min(h, w) + 1 / min(map_h, map_w)):
            raise InputError(
                f"content is {w}×{h} pixels and target_map {map_w}×{map_h}: they need the same aspect; crop one of them"
            )
    given = content if content is not None else target_map
    assert given is not None
    return image_size(given)


def on_device(image: Tensor, device: torch.device) -> Tensor:
    if image.ndim != 3 or image.shape[0] != 3:
        raise InputError(f"an image has shape (3, height, width), not {tuple(image.shape)}")
    return image.to(device, torch.float32)
