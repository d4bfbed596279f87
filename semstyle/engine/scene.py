"""What one image is made from, on its device, and what is minimised to make it."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.engine.encoder import Encoder
from semstyle.engine.errors import InputError, ParameterError
from semstyle.engine.luminance import grey, grey_as, with_colors_of
from semstyle.engine.map_pictures import as_maps
from semstyle.engine.objective import Objective
from semstyle.engine.parameters import INITS, MOST_STYLES, MOST_VIEWS, Parameters
from semstyle.engine.phases import Phase, Size, output_size, plan_phases
from semstyle.engine.pictures import Picture, Pictures, as_image, as_images
from semstyle.engine.resizing import image_size, resized
from semstyle.engine.semantic_map import MapPair
from semstyle.engine.style_features import StyleFeatures
from semstyle.engine.views import views_of


@dataclass(frozen=True, init=False)
class Request:
    """The inputs of one render as tensors; see :func:`semstyle.engine.render` for what they may be made from.

    Attributes:
        styles: At least one.
        style_maps: One of each style, or None.

    Raises:
        InputError: when something given is no picture.
    """

    styles: tuple[Tensor, ...]
    style_maps: tuple[Tensor, ...] | None
    target_map: Tensor | None
    content: Tensor | None
    parameters: Parameters
    init_image: Tensor | None

    def __init__(
        self,
        styles: Pictures,
        style_maps: Pictures | None = None,
        target_map: Picture | None = None,
        content: Picture | None = None,
        parameters: Parameters | None = None,
        init_image: Picture | None = None,
    ) -> None:
        style_tensors = as_images(styles, "style")
        style_map_tensors, target_map_tensor = as_maps(style_maps, target_map, style_tensors)
        values = {
            "styles": style_tensors,
            "style_maps": style_map_tensors,
            "target_map": target_map_tensor,
            "content": None if content is None else as_image(content, "content"),
            "parameters": parameters or Parameters(),
            "init_image": None if init_image is None else as_image(init_image, "init_image"),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if self.init_image is not None and self.parameters.init in INITS:
            raise InputError(
                f"init_image is given, but the parameter init is {self.parameters.init}; name the image there, "
                "such as init='start.png'"
            )

    def tensors(self) -> Iterator[Tensor]:
        """Every image and map."""
        singles = (self.target_map, self.content, self.init_image)
        yield from (*self.styles, *(self.style_maps or ()), *(tensor for tensor in singles if tensor is not None))

    @property
    def phases(self) -> list[Phase]:
        """Coarsest first.

        Raises:
            InputError: when the images are too small, or do not fit together.
        """
        size = output_size(self.parameters, layout(self))
        return plan_phases(self.parameters, size, [image_size(self.styles[number]) for number in self.used])

    @property
    def used(self) -> list[int]:
        """The numbers of the styles whose share is not 0.

        Raises:
            InputError: when styles, maps and shares are not of one number.
        """
        check_styles(self)
        shares = self.parameters.style_shares or [1.0] * len(self.styles)
        return [number for number, share in enumerate(shares) if share]

    @property
    def batch_key(self) -> tuple[Hashable, ...]:
        """What must be the same in all requests of a batch; raises as :attr:`phases`."""
        return self.parameters.batch_key(tuple(phase.output for phase in self.phases))


class Scene:
    """A request on its device, checked.

    Attributes:
        phases: Coarsest first.
        styles: Those in use, and their SHA-256.
        used: Their numbers in the request.

    Raises:
        InputError: The images and maps do not fit together or with the parameters.
    """

    def __init__(self, request: Request, device: torch.device) -> None:
        self.parameters = request.parameters
        self.device = device
        self.used = request.used
        self.content = None if request.content is None else on_device(request.content, device)
        self._colors = colors_to_keep(self.parameters, self.content)
        styles = [on_device(request.styles[number], device) for number in self.used]
        if self._colors is not None:
            styles = [grey_as(style, self._colors) for style in styles]
            self.content = grey(self._colors)
        self.styles = [(style, digest_of(style)) for style in styles]
        self.shares = [share for share in request.parameters.style_shares or [1.0] * len(styles) if share]
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
            return self._uncolored(0.25 + 0.5 * noise).to(self.device)
        image = self.content if init == "content" else self._init_image
        if image is None:
            raise InputError(f"init is {init!r}, but there is no such image; give it, or use init=noise")
        return self._uncolored(resized(image, size))

    def finish(self, image: Tensor) -> Tensor:
        """The finest phase's ``image`` (3, H, W) as it is handed back: with the content's colours, if they are kept."""
        if self._colors is None:
            return image
        return with_colors_of(image, resized(self._colors, image_size(image)).to(image))

    def _uncolored(self, image: Tensor) -> Tensor:
        return image if self._colors is None else grey(image)

    def objective(
        self, phase: Phase, encoder: Encoder, features: StyleFeatures, kind: type[Objective] = Objective
    ) -> Objective:
        """What ``phase`` minimises; benchmarks ask for a plain ``kind``."""
        layers = self.parameters.style_layers
        views = views_of(phase.styles, self.parameters, self.shares)
        seen = [(view, features.of(encoder, *self.styles[view.style], view, layers)) for view in views]
        content = None if self.content is None else resized(self.content, phase.output)
        return kind(encoder, seen, content, self.maps, phase.output, self.parameters)


def map_pair(request: Request, device: torch.device) -> MapPair | None:
    """The maps to match with, or None when the method or γ leaves them out.

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


def colors_to_keep(parameters: Parameters, content: Tensor | None) -> Tensor | None:
    """The content when its colours are asked for.

    Raises:
        ParameterError: when they are, and there is none.
    """
    if parameters.preserve_color != "content":
        return None
    if content is None:
        raise ParameterError("preserve_color", "is content, but there is no content image; give it, or use style")
    return content


def check_styles(request: Request) -> None:
    """Raise :class:`InputError` unless there is a style, and a map and a share for each or for none."""
    count, shares = len(request.styles), request.parameters.style_shares
    if not 0 < count <= MOST_STYLES:
        raise InputError(f"style: {count or 'no'} images; give 1 to {MOST_STYLES}")
    if request.style_maps is not None and len(request.style_maps) != count:
        raise InputError(f"style_map: {len(request.style_maps)} maps for {count} styles; give each style its own")
    if shares is not None and len(shares) != count:
        raise ParameterError("style_shares", f"{len(shares)} numbers for {count} styles; give one for each")
    views = count * len(request.parameters.rotations) * len(request.parameters.scales)
    if views > MOST_VIEWS:
        raise InputError(f"style: {views} views by rotations and scales; the most is {MOST_VIEWS}")


def layout(request: Request) -> Size:
    """The shape whose aspect the output takes: the content's, else the target map's, else what is asked or the style's.

    Raises:
        InputError: when content and target map differ in aspect by more than rounding.
    """
    content, target_map, aspect = request.content, request.target_map, request.parameters.aspect
    if content is None and target_map is None:
        return image_size(request.styles[request.used[0]]) if aspect is None else (1000, max(1, round(1000 * aspect)))
    if content is not None and target_map is not None:
        (h, w), (map_h, map_w) = image_size(content), image_size(target_map)
        if abs(w / h / (map_w / map_h) - 1) > 1.5 * (1 / min(h, w) + 1 / min(map_h, map_w)):
            raise InputError(
                f"content is {w}×{h} pixels and target_map {map_w}×{map_h}: they need the same aspect; crop one of them"
            )
    given = content if content is not None else target_map
    assert given is not None
    return image_size(given)


def digest_of(image: Tensor) -> str:
    """SHA-256 of its pixels."""
    return hashlib.sha256(image.cpu().numpy().tobytes()).hexdigest()


def on_device(image: Tensor, device: torch.device) -> Tensor:
    return image.to(device, torch.float32)
