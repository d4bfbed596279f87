"""Making the maps of a row: those of its styles and that of its content, in the same labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from semstyle.maps.asked import Asked
from semstyle.storage import AllowList

if TYPE_CHECKING:
    from semstyle.maps.forms import MadeMap


@dataclass(frozen=True)
class MadeMaps:
    """A map for each style and one for the target; a label is the same colour, or channel, in all of them."""

    styles: tuple[MadeMap, ...]
    target: MadeMap

    def files(self) -> dict[str, bytes]:
        """The files to save, by names such as ``style_map.png``; of several styles ``style_map-1.png`` and so on."""
        if len(self.styles) == 1:
            named = {"style_map": self.styles[0]}
        else:
            named = {f"style_map-{number}": one for number, one in enumerate(self.styles, 1)}
        return {f"{name}{one.suffix}": one.file() for name, one in {**named, "target_map": self.target}.items()}


def make_maps(
    styles: Sequence[Tensor],
    target: Tensor,
    asked: Asked,
    allow: AllowList | None = None,
    torchscript: bool = False,
) -> MadeMaps:
    """Make the maps that are asked for.

    Args:
        styles: (3, H, W) in 0..1.
        target: (3, H, W), the image whose content is kept.
        allow: Where a model may come from; anywhere when None.
        torchscript: Whether a model in TorchScript may be run.

    Raises:
        InputError: when a model is not one, or finds nothing to tell apart.
        StorageError: when a model cannot be read.
    """
    from semstyle.maps.forms import in_form

    images = (*styles, target)
    if asked.model is None:
        from semstyle.maps.clustering import cluster

        memberships = cluster(styles, target, asked.labels)
    else:
        from semstyle.maps.networks.labelling import label_pixels

        memberships = label_pixels(styles, target, asked.model, allow or AllowList(), torchscript)
    *style_maps, target_map = in_form(memberships, asked.form, images)
    return MadeMaps(tuple(style_maps), target_map)
