"""The registry of encoders: that a new one needs no other file."""

from __future__ import annotations

from pkgutil import resolve_name

import pytest
import torch

from semstyle.engine import ParameterError, Parameters, encoder_of, load_encoder, render
from semstyle.engine.encoders.encoder import Encoder, Pooling
from semstyle.engine.named_encoders import ENCODERS, NamedEncoder, described, is_named


def load_narrow(pooling: Pooling) -> Encoder:
    """An encoder of four channels with fixed weights."""
    encoder = Encoder((4, 4, 4, 4), "4_2", pooling)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=generator) - 0.4)
    return encoder.requires_grad_(False)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> NamedEncoder:
    encoder = NamedEncoder("narrow", "a test's", "test_named_encoders:load_narrow")
    monkeypatch.setitem(ENCODERS, "narrow", encoder)
    return encoder


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS)
def test_every_loader_is_there(encoder: NamedEncoder) -> None:
    assert callable(resolve_name(encoder.loader))
    assert encoder.pixel_seconds > 0 and encoder.pair_seconds > 0


def test_a_new_encoder_renders_under_its_name(narrow: NamedEncoder) -> None:
    style = torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(0))
    parameters = Parameters(encoder="narrow", size=32, phases=1, iterations=2, style_layers="2_1", content_layers="2_1")
    rendering = render(style, parameters=parameters)
    assert len(rendering.trace) == 2 and rendering.trace[-1].style_losses["2_1"] > 0
    assert is_named("narrow") and described("narrow") is narrow
    halved = encoder_of(Parameters(encoder="narrow", precision="bfloat16"))
    assert halved.dtype == torch.bfloat16
    assert load_encoder("pixels").dtype == encoder_of(Parameters(encoder="pixels", precision="bfloat16")).dtype


def test_a_name_near_a_new_encoder_is_taken_for_a_typo(narrow: NamedEncoder) -> None:
    with pytest.raises(ParameterError, match="did you mean narrow"):
        Parameters(encoder="narow")
