"""No credential in any text, and ordinary text left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from semstyle.storage import redact

SECRET = "hunter2-Xy/+z9=Q"


@pytest.mark.parametrize(
    "text",
    [
        "s3://user:¶@bucket/key",
        "https://user:¶@host/a?b=c",
        "https://user:p@¶@host/a",
        "https://ghp_0123456789@host/a",
        "https://host/a?X-Amz-Signature=¶&X-Amz-Date=1",
        "https://host/a?x-amz-security-token=¶",
        "https://host/a?X-Amz-Credential=¶",
        "https://host/a?sig=¶&se=2026",
        "https://host/a?key=¶",
        "gs://b/a?access_token=¶#f",
        "AWS_SECRET_ACCESS_KEY=¶",
        "aws_secret_access_key = ¶",
        "{'secret': '¶', 'endpoint_url': 'http://h'}",
        '{"aws_session_token": "¶"}',
        "password: ¶",
        "S3FileSystem(key='¶', secret='¶')",
        "Authorization: Bearer ¶",
        "Authorization: Basic ¶¶",
        "api-key: ¶",
        "AccountKey=¶;EndpointSuffix=core",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    shown = redact(text.replace("¶", SECRET))
    assert SECRET not in shown
    assert "hunter2" not in shown
    assert "ghp_" not in shown
    assert "***" in shown


def test_text_cannot_command_a_terminal() -> None:
    assert redact("a\x1b[31m\x07b\u202ec\rd\te\nf") == "a�[31m�b�c�d\te\nf"


def test_access_key_ids_are_hidden() -> None:
    assert redact("used AKIAIOSFODNN7EXAMPLE here") == "used *** here"


def test_the_secret_of_this_process_is_hidden_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG")
    assert redact("signing with wJalrXUtnFEMI/K7MDENG failed") == "signing with *** failed"


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket/a/b@2x.png",
        "http://127.0.0.1:8333/renders/a@2x.png",
        "http://127.0.0.1:8333/renders",
        "/data/secret.png: there is no such file",
        "../../other/secret.png: leaves s3://renders",
        "keys/monkey.png: not a PNG",
        "m.parquet, row 3, column style_weight: -1.0 is not between 0 and 1e+06",
        "grid.style_wieght: there is no such parameter; did you mean style_weight?",
        "key: one, pass: 2, auth: none",
        "basic colours",
        "two@example.org",
        "",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.sampled_from(["", "s3://u:p@h/", "?token=", "secret: "]))
@example("a:b@c", "s3://")
@example("'", "secret: ")
@example("@@", "s3://u:p@h/")
def test_hiding_twice_is_hiding_once(text: str, start: str) -> None:
    once = redact(start + text)
    assert redact(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "s3://" + "a:" * 30_000,
        "://" * 20_000,
        "secret" * 10_000,
        "secret-" * 10_000,
        "token=" + "'" * 50_000,
        "token" + " " * 50_000,
        "token='" * 8_000,
        "bearer " * 8_000,
        "a@" * 30_000,
        'secret:"' + "\\" * 50_000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    redact(text)
    assert time.process_time() - began < 2
