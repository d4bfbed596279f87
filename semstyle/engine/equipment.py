"""What renders share: the device, an encoder that is loaded already, and the features of styles seen before."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.encoders.loading import encoder_of
from semstyle.engine.encoders.style_features import StyleFeatures
from semstyle.engine.parameters import Parameters


@dataclass(frozen=True)
class Equipment:
    """What a method makes images with.

    Attributes:
        encoder: The encoder; None loads the one that the parameters name.
        style_features: Remembers the features of styles from one render to the next; by default it remembers none.
    """

    device: torch.device
    encoder: Encoder | None = None
    style_features: StyleFeatures = field(default_factory=lambda: StyleFeatures(0))

    def encoder_for(self, parameters: Parameters) -> Encoder:
        """Return the encoder on the device; raises as :func:`semstyle.engine.load_encoder`."""
        return (self.encoder or encoder_of(parameters)).to(self.device)
