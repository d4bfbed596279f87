"""The inputs of one render, as tensors."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from torch import Tensor

from semstyle.counted import counted
from semstyle.engine.inputs.map_pictures import as_maps
from semstyle.engine.inputs.phases import Phase, Size, output_size, plan_phases
from semstyle.engine.inputs.pictures import Picture, Pictures, as_image, as_images
from semstyle.engine.inputs.resizing import image_size
from semstyle.engine.parameters import INITS, MOST_STYLES, MOST_VIEWS, Parameters
from semstyle.errors import InputError, ParameterError


@dataclass(frozen=True, init=False)
class Request:
    """The inputs of one render as tensors; see :func:`semstyle.engine.render` for what they may be made from.

    Attributes:
        styles: The style images, at least one.
        style_maps: A map of each style, or None.

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
        """Yield every image and map."""
        singles = (self.target_map, self.content, self.init_image)
        yield from (*self.styles, *(self.style_maps or ()), *(tensor for tensor in singles if tensor is not None))

    @property
    def phases(self) -> list[Phase]:
        """The phases of the render, coarsest first.

        Raises:
            InputError: when the images are too small, or do not fit together.
        """
        size = output_size(self.parameters, layout(self))
        return plan_phases(self.parameters, size, [image_size(self.styles[number]) for number in self.used])

    @property
    def used(self) -> list[int]:
        """The numbers of the styles whose share is not 0.

        Raises:
            InputError: when there are not as many maps, or as many shares, as styles.
        """
        check_styles(self)
        shares = self.parameters.style_shares or [1.0] * len(self.styles)
        return [number for number, share in enumerate(shares) if share]

    @property
    def batch_key(self) -> tuple[Hashable, ...]:
        """What must be the same in all requests of a batch; raises as :attr:`phases`."""
        return self.parameters.batch_key(tuple(phase.output for phase in self.phases))


def check_styles(request: Request) -> None:
    """Raise :class:`InputError` unless there is a style, and each style, or none, has a map and a share."""
    count, shares = len(request.styles), request.parameters.style_shares
    if not 0 < count <= MOST_STYLES:
        raise InputError(f"style: {count or 'no'} images; give 1 to {MOST_STYLES}")
    if request.style_maps is not None and len(request.style_maps) != count:
        maps = counted(len(request.style_maps), "map")
        raise InputError(f"style_map: {maps} for {counted(count, 'style')}; give each style its own")
    if shares is not None and len(shares) != count:
        numbers = counted(len(shares), "number")
        raise ParameterError("style_shares", f"{numbers} for {counted(count, 'style')}; give one for each")
    views = count * len(request.parameters.rotations) * len(request.parameters.scales)
    if views > MOST_VIEWS:
        raise InputError(f"style: {views} views by rotations and scales; the most is {MOST_VIEWS}")


def layout(request: Request) -> Size:
    """Return the shape whose aspect the output takes: of the content, the target map, as asked for, or of the style.

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
