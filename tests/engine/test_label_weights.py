"""Label weights: colours of a map with factors, as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.engine.label_weights import MOST_FACTOR, MOST_LABELS, LabelWeight, parse_label_weights
from semstyle.engine.parameters import Parameters
from semstyle.errors import ParameterError

COLORS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda levels: "#" + bytes(levels).hex())
FACTORS = st.floats(0, MOST_FACTOR)
TABLES = st.dictionaries(COLORS, FACTORS, min_size=1, max_size=MOST_LABELS)


def test_by_hand() -> None:
    red, green = parse_label_weights(" #F00 = 3 ,#00ff7f=0.50")
    assert (red, green) == (("#ff0000", 3.0), ("#00ff7f", 0.5))
    assert (red.levels, green.levels) == ((255, 0, 0), (0, 255, 127))
    assert (str(red), str(green)) == ("#ff0000=3", "#00ff7f=0.5")


@given(TABLES, st.booleans())
def test_any_table_survives_as_text_and_as_a_list(table: dict[str, float], in_capitals: bool) -> None:
    texts = [f"{color.upper() if in_capitals else color}={factor!r}" for color, factor in table.items()]
    weights = parse_label_weights(",".join(texts))
    assert weights == parse_label_weights(texts) == tuple(LabelWeight(*item) for item in table.items())
    assert parse_label_weights(",".join(map(str, weights))) == weights
    parameters = Parameters.from_mapping({"content_weights": ",".join(texts)})
    assert parameters == Parameters.from_mapping({"content_weights": texts})
    assert parameters == Parameters.from_mapping(parameters.as_dict())
    assert parameters.label_weights == weights


@given(st.tuples(*[st.sampled_from("0123456789abcdefABCDEF")] * 3).map("".join), FACTORS)
def test_a_short_colour_is_a_long_one_with_each_digit_twice(digits: str, factor: float) -> None:
    (short,) = parse_label_weights(f"#{digits}={factor!r}")
    assert short.color == "#" + "".join(digit + digit for digit in digits.lower())
    assert short.levels == tuple(17 * int(digit, 16) for digit in digits)


@given(
    st.text(alphabet="#0aF=,. -e") | st.text() | st.lists(st.text(max_size=9) | st.none(), max_size=3) | st.integers()
)
def test_anything_is_weights_or_one_clear_line(value: object) -> None:
    try:
        weights = parse_label_weights(value)
    except ValueError as refused:
        assert 10 < len(str(refused)) < 200 and "\n" not in str(refused)
        return
    assert 0 < len(weights) <= MOST_LABELS
    assert all(0 <= weight.factor <= MOST_FACTOR for weight in weights)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "'' is not a colour and its factor, such as #ff0000=3"),
        ([], "no colours; give 1 to 16"),
        ("#f00", "'#f00' is not a colour and its factor"),
        ("#f00=", "'', the factor of #f00, is not a number"),
        ("#f00=much", "'much', the factor of #f00, is not a number"),
        ("#f00=-1", "'-1', the factor of #f00, is not between 0 and 1000"),
        ("#f00=1001", "'1001', the factor of #f00, is not between 0 and 1000"),
        ("#f00=nan", "'nan', the factor of #f00, is not between 0 and 1000"),
        ("#f00=inf", "'inf', the factor of #f00, is not between 0 and 1000"),
        ("red=1", "'red' is not a colour such as #ff0000 or #f00"),
        ("#ff00=1", "'#ff00' is not a colour"),
        ("#ff0000ff=1", "'#ff0000ff' is not a colour"),
        ("#ggg=1", "'#ggg' is not a colour"),
        ("#f00=1,#FF0000=2", "#ff0000 is there twice; name each colour once"),
        ("#f00=1,", "'' is not a colour and its factor"),
        ("#f00=1;#0f0=2", "'1;#0f0=2', the factor of #f00, is not a number"),
        (",".join(f"#0000{number:02x}=1" for number in range(17)), "more than 16 colours; give 1 to 16"),
        ("," * 100_000, "more than 16 colours"),
        (3, "3 is not text such as #ff0000=3,#00ff00=0.5"),
        ([3], r"\[3\] is not text such as"),
        ({"#f00": 3}, "is not text such as"),
        ("x" * 10_000, "x… is not a colour and its factor"),
    ],
)
def test_mistakes(value: object, message: str) -> None:
    with pytest.raises(ParameterError, match=f"^content_weights: .*{message}") as refused:
        Parameters.from_mapping({"content_weights": value})
    assert refused.value.name == "content_weights" and len(str(refused.value)) < 200


@pytest.mark.parametrize("method", ["analogy", "color"])
def test_a_method_without_a_content_loss_refuses_them(method: str) -> None:
    with pytest.raises(ParameterError, match=f"content_weights: method {method} has no content loss; leave it out"):
        Parameters(method=method, content_weights=("#f00=3",))
