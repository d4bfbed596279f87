"""The words that ask for maps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.errors import InputError
from semstyle.maps.asked import FORMS, MOST_LABELS, NETWORKS, Asked, Model, is_asked, parse_asked
from semstyle.storage import StorageError

DIGEST = "ab" * 32

MEANT = {
    "auto": Asked(),
    "auto:4": Asked(labels=4),
    "auto:soft": Asked(form="soft"),
    "auto:4:embedded": Asked(labels=4, form="embedded"),
    "auto:deeplabv3": Asked(model=Model("deeplabv3_resnet50", None), form="soft"),
    "auto:fcn_resnet101:hard": Asked(model=Model("fcn_resnet101", None), form="hard"),
    "auto:lraspp@s3://bucket/w.pth": Asked(model=Model("lraspp_mobilenet_v3_large", "s3://bucket/w.pth"), form="soft"),
    f"auto:https://host/a.onnx#sha256={DIGEST.upper()}:hard": Asked(
        model=Model(None, "https://host/a.onnx", DIGEST), form="hard"
    ),
    f"auto:models/a.pt#sha256={DIGEST}": Asked(model=Model(None, "models/a.pt", DIGEST), form="soft"),
}


@pytest.mark.parametrize("text", MEANT)
def test_what_each_text_asks_for(text):
    assert parse_asked(text) == MEANT[text]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("auto:1", "from 2 to 16"),
        ("auto:99999999999999999999", "from 2 to 16"),
        ("auto:", "after the colon"),
        ("auto:6:", "after the colon"),
        ("auto:deeplabv4", "did you mean deeplabv3"),
        ("auto:unet", "there are deeplabv3"),
        ("auto:fcn@", "after the @"),
        (f"auto:fcn#sha256={DIGEST}", "no sha256 to give"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_asked(text)
    assert "\n" not in str(caught.value)


def test_a_file_of_that_name_is_another_thing():
    assert is_asked("auto") and is_asked("auto:6")
    assert not any(map(is_asked, ("./auto", "automatic.png", "auto.png", "s3://bucket/auto", "AUTO")))


models = st.builds(
    Model,
    st.sampled_from(NETWORKS) | st.none(),
    st.from_regex(r"(s3://b/|/d/|\./)[a-z0-9@:]{1,8}\.(onnx|pt)", fullmatch=True),
    st.none() | st.just(DIGEST),
)


@given(st.integers(2, MOST_LABELS), st.sampled_from(FORMS), st.none() | models)
def test_the_text_of_what_is_asked_asks_for_the_same(labels, form, model):
    asked = Asked(form=form, model=model) if model else Asked(labels=labels, form=form)
    assert parse_asked(str(asked)) == asked


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(rest):
    try:
        asked = parse_asked(f"auto:{rest}")
    except InputError:
        return
    assert parse_asked(str(asked)) == asked


def test_a_models_path_starts_from_the_manifests_folder():
    assert str(parse_asked("auto:m/a.onnx").resolved("/data/in")) == "auto:/data/in/m/a.onnx"
    assert str(parse_asked("auto:m/a.onnx").resolved("s3://b/in")) == "auto:s3://b/in/m/a.onnx"
    assert str(parse_asked("auto:fcn@w.pth:hard").resolved("/d")) == "auto:fcn_resnet50@/d/w.pth:hard"
    with pytest.raises(StorageError, match="leaves"):
        parse_asked("auto:../../a.onnx").resolved("s3://b/in")


def test_the_names_are_torchvisions():
    import torchvision

    assert list(NETWORKS) == torchvision.models.list_models(module=torchvision.models.segmentation)
