"""A head that answers, one that does not, and what is no head at all."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from programs import free_ports
from silent_server import silent_server

from semstyle.submission import head as module
from semstyle.submission.errors import HeadSilentError, SubmissionError
from semstyle.submission.head import Head
from semstyle.submission.job_state import GONE
from semstyle.submission.request import JobRequest

REQUEST = JobRequest("s3://b/m.parquet", "s3://b/out")
JOB = {
    "type": "SUBMISSION",
    "submission_id": REQUEST.job_id,
    "entrypoint": "",
    "message": "failed, last available logs",
}
Answers = dict[tuple[str, str], tuple[int, object] | None]
"""Method and path → status and JSON; None drops the connection without an answer."""


@contextmanager
def web_server(answers: Answers) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = answers.get((self.command, self.path), (404, "no such page"))
            if found is None:
                self.close_connection = True
                return
            code, value = found
            body = json.dumps(value).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


VERSION: Answers = {("GET", "/api/version"): (200, {"ray_version": "2.60.0", "version": "4"})}
INFO = ("GET", f"/api/jobs/{REQUEST.job_id}")
POST = ("POST", "/api/jobs/")


def test_where_nothing_listens() -> None:
    with pytest.raises(HeadSilentError, match="nothing answers at http://127"):
        Head(f"http://127.0.0.1:{free_ports(1)[0]}")


def test_a_server_that_never_says_a_word_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    with silent_server() as address, pytest.raises(HeadSilentError, match="does not answer"):
        Head(address)


@pytest.mark.parametrize(
    "answers", [{}, {("GET", "/api/version"): (200, "hello")}, {("GET", "/api/version"): (200, {})}]
)
def test_another_web_server_is_no_head(answers: Answers) -> None:
    with web_server(answers) as address, pytest.raises(SubmissionError) as refused:
        Head(address)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("code", [401, 403])
def test_a_head_that_wants_a_token_is_told_in_a_line(code: int) -> None:
    with web_server({("GET", "/api/version"): (code, "Unauthorized")}) as address:
        with pytest.raises(
            SubmissionError, match="export RAY_AUTH_MODE=token and, as RAY_AUTH_TOKEN, the cluster's"
        ) as refused:
            Head(address)
        assert "\n" not in str(refused.value)


def test_the_address_given_is_asked_whatever_ray_finds_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:1")
    monkeypatch.delenv("RAY_API_SERVER_ADDRESS", raising=False)
    with web_server({**VERSION, INFO: (200, {**JOB, "status": "RUNNING"})}) as address:
        assert Head(address).job(REQUEST.job_id).name == "RUNNING"
    import os

    assert os.environ["RAY_ADDRESS"] == "http://127.0.0.1:1"
    assert "RAY_API_SERVER_ADDRESS" not in os.environ


def test_a_job_that_was_taken_is_there_though_the_answer_was_lost() -> None:
    with web_server({**VERSION, POST: None, INFO: (200, {**JOB, "status": "PENDING"})}) as address:
        Head(address).submit(REQUEST)


def test_a_job_that_was_not_taken_is_an_error() -> None:
    with web_server({**VERSION, POST: None}) as address, pytest.raises(HeadSilentError):
        Head(address).submit(REQUEST)
    with web_server({**VERSION, POST: (400, "bad")}) as address, pytest.raises(SubmissionError, match="400"):
        Head(address).submit(REQUEST)


def test_what_a_head_says_of_a_job() -> None:
    said = {**JOB, "status": "FAILED", "driver_exit_code": 3}
    with web_server({**VERSION, INFO: (200, said)}) as address:
        job = Head(address).job(REQUEST.job_id)
    assert (job.name, job.exit_code, job.message, job.is_over) == ("FAILED", 3, "failed", True)
    with web_server(VERSION) as address:
        assert Head(address).job(REQUEST.job_id).name == GONE
    with web_server({**VERSION, INFO: (500, "trouble")}) as address, pytest.raises(HeadSilentError):
        Head(address).job(REQUEST.job_id)


@pytest.mark.parametrize("ask", [lambda head: head.job("a"), lambda head: head.stop("a"), lambda head: head.log("a")])
def test_a_head_that_has_gone_is_silent(ask: Callable[[Head], object]) -> None:
    with web_server(VERSION) as address:
        head = Head(address)
    with pytest.raises(HeadSilentError):
        ask(head)


def test_a_log_that_cannot_be_followed_is_an_error_of_ours() -> None:
    async def read(head: Head) -> None:
        async for _ in head.followed_log("a", 1.0):
            pass

    with web_server(VERSION) as address:
        head = Head(address)
        with pytest.raises(HeadSilentError):
            asyncio.run(read(head))
    with pytest.raises(HeadSilentError):
        asyncio.run(read(head))
