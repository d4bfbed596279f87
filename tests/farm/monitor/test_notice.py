"""``--notify``: a real server is told of the first failure and of the end, and nothing else hears of its address."""

from __future__ import annotations

import builtins
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from notice_server import TOKEN, notice_server

from semstyle.errors import SemstyleError
from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.attempt import Failed, FailureClass
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor import notice
from semstyle.farm.monitor.event_log import logged_to
from semstyle.farm.monitor.notice import Message, Notices, notified
from semstyle.farm.rows.plan import Tally

BROKEN = Failed(FailureClass.INPUT, "token=abc is no picture")


@pytest.mark.usefixtures("cluster")
def test_a_run_tells_of_its_first_failure_and_of_its_end(
    manifest: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = manifest(
        *({"render_id": f"bad{n}", "style": str(tmp_path / f"gone{n}.png")} for n in range(3)), {"render_id": "good"}
    )
    out = tmp_path / "out"
    with notice_server() as server:
        monkeypatch.setenv("NIGHT_NOTICES", server.address)
        with notified("env:NIGHT_NOTICES", "renders") as notices, logged_to(str(tmp_path / "log")):
            summary = run_manifest(path, str(out), RunOptions(cpus_per_render=1), notices=notices)
    assert summary.exit_code == 3
    first, end = server.posted
    assert first["title"] == "semstyle: first failure in renders" and first["type"] == "warning"
    assert first["message"].startswith("bad") and "So far: " in first["message"] and "1 failed" in first["message"]
    assert (end["title"], end["message"]) == ("semstyle: finished: renders", "1 rendered, 3 failed.")
    written = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    told = capfd.readouterr()
    assert len(written) > 5 and not any(TOKEN.encode() in content for content in written)
    assert TOKEN not in told.out + told.err


def test_one_failure_is_told_without_secrets() -> None:
    sent: list[Message] = []
    notices = Notices(lambda message: not sent.append(message), "out")
    for name in ("a", "b"):
        notices.row_failed(name, BROKEN, Tally(rows=3, rendered=2, failed=1))
    notices.close()
    assert [message.body for message in sent] == ["a: token=*** is no picture (input). So far: 2 rendered, 1 failed."]


def test_an_error_is_told_once() -> None:
    with notice_server() as server, pytest.raises(FarmError), notified(server.address, "out"):
        raise FarmError("no cluster at s3://name:secret@host")
    assert [post["title"] for post in server.posted] == ["semstyle: failed: out"]
    assert server.posted[0]["message"] == "no cluster at s3://***@host"


@pytest.mark.parametrize("answer", [500, 404])
def test_a_service_that_refuses_is_a_warning(answer: int, capfd: pytest.CaptureFixture[str]) -> None:
    with notice_server(answer) as server, notified(server.address, "out") as notices:
        assert notices is not None
        notices.tell(Message("title", "body", "info"))
    told = capfd.readouterr()
    assert told.err == "semstyle: --notify: 1 of 1 messages not delivered\n" and not told.out


def test_a_service_that_never_answers_keeps_nobody(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(notice, "DEADLINE_SECONDS", 0.2)
    with notice_server(None) as server, notified(server.address + "?rto=60&cto=60", "out") as notices:
        assert notices is not None
        for _ in range(1000):
            notices.tell(Message("title", "body", "info"))
    assert capfd.readouterr().err == "semstyle: --notify: no answer within 0.2 s, given up\n"


def test_a_service_that_breaks_is_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(message: Message) -> bool:
        raise RuntimeError(f"https://host/{TOKEN}")

    notices = Notices(broken, "out")
    notices.tell(Message("title", "body", "info"))
    notices.close()
    assert capfd.readouterr().err == "semstyle: --notify: 1 of 1 messages not delivered\n"


@pytest.mark.parametrize("address", [f"nosuch://{TOKEN}", TOKEN, "", f"json://{TOKEN}:port:9/\x00", "env:"])
def test_what_is_no_address_is_an_error_that_does_not_show_it(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SemstyleError, match="--notify") as error, notified(address, "out"):
        pytest.fail("nothing may begin")
    assert TOKEN not in str(error.value) and TOKEN not in caplog.text


def test_a_variable_that_is_not_set_or_holds_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(FarmError, match="--notify env:NOWHERE: this variable is not set here"),
        notified("env:NOWHERE", ""),
    ):
        pytest.fail("nothing may begin")
    monkeypatch.setenv("NIGHT_NOTICES", f"nosuch://{TOKEN}")
    with pytest.raises(FarmError, match="--notify env:NIGHT_NOTICES: this is no address") as error:
        notice.open_delivery("env:NIGHT_NOTICES")
    assert TOKEN not in str(error.value)


def test_without_apprise_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_apprise(name: str, *more: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "apprise":
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.delitem(sys.modules, "apprise", raising=False)
    monkeypatch.setattr(builtins, "__import__", no_apprise)
    with pytest.raises(FarmError, match=r"pip install 'semstyle\[notify\]'"):
        notice.open_delivery("json://127.0.0.1/")


def test_apprises_own_log_goes_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    notice.open_delivery("json://127.0.0.1/")
    logging.getLogger("apprise").error(TOKEN)
    assert TOKEN not in caplog.text
