"""What a document may hold."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from semstyle.errors import ParameterError
from semstyle.studio.sessions.document import StudioDocument

PLANE = "0123456789abcdef"


def document(**changes: Any) -> dict[str, Any]:
    side = {"width": 64, "height": 48}
    return {"palette": [{"name": "sky", "color": "#6cb6ff"}], "style": side, "target": side, **changes}


def test_a_document_reads_back_as_it_was() -> None:
    step = {"side": "target", "layer": "painting", "before": None, "after": PLANE}
    made = StudioDocument.model_validate(document(history=[step], position=1, parameters={"size": 256, "seed": 1}))
    assert StudioDocument.model_validate_json(made.model_dump_json()) == made
    assert made.planes == {PLANE} and made.pictures == set()
    assert made.style.automatic.is_locked and not made.style.painting.is_locked


@pytest.mark.parametrize(
    "changes",
    [
        {"palette": []},
        {"palette": [{"name": "x", "color": "#6cb6ff"}] * 65},
        {"palette": [{"name": "x", "color": "red"}]},
        {"palette": [{"name": "x", "color": "#6cb6ff;background:url(//evil)"}]},
        {"palette": [{"name": "x" * 61, "color": "#6cb6ff"}]},
        {"style": {"width": 4096, "height": 48}},
        {"style": {"width": 64, "height": 48, "picture": "../../../etc/passwd"}},
        {"style": {"width": 64, "height": 48, "opacity": 2}},
        {"style": {"width": 64, "height": 48, "ground": 1}},
        {"style": {"width": 64, "height": 48, "painting": {"plane": "../x"}}},
        {"history": [{"side": "target", "layer": "painting", "before": None, "after": PLANE}] * 201},
        {"position": 1},
        {"unknown": 1},
        {"version": 2},
        {"parameters": {f"p{number}": 1 for number in range(61)}},
        {"parameters": {"init": "/etc/passwd"}},
        {"parameters": {"encoder": "https://evil.example/weights"}},
        {"parameters": {"size": [1]}},
    ],
    ids=str,
)
def test_what_does_not_belong_into_it_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        StudioDocument.model_validate(document(**changes))


@pytest.mark.parametrize("parameters", [{"sise": 512}, {"size": 10**6}, {"preset": "none"}])
def test_a_parameter_is_checked_as_everywhere(parameters: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        StudioDocument.model_validate(document(parameters=parameters))
