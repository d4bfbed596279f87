"""A cluster's head, asked over HTTP with Ray Jobs' own client. Imports Ray."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
import requests
from ray.exceptions import AuthenticationError, RayError
from ray.job_submission import JobSubmissionClient

from semstyle.farm.driver.head import answers
from semstyle.storage import redact
from semstyle.submission.address import VARIABLES
from semstyle.submission.errors import HeadSilentError, SubmissionError
from semstyle.submission.job_state import GONE, JobState
from semstyle.submission.request import JobRequest

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0
NOT_FOUND = "status code 404"
NOT_NOW = "status code 5"
PORTS = {"http": 80, "https": 443}

logging.getLogger(JobSubmissionClient.__module__).setLevel(logging.WARNING)  # it tells of each closed connection


class PromptClient(JobSubmissionClient):  # type: ignore[misc, unused-ignore]
    """Ray's client with time limits, of which it has none."""

    def _do_request(self, method: str, endpoint: str, **options: Any) -> Any:
        options.setdefault("timeout", (CONNECT_SECONDS, ANSWER_SECONDS))
        return super()._do_request(method, endpoint, **options)


class Head:
    """Takes jobs, and tells how they are doing. A token comes from where Ray looks for it: ``RAY_AUTH_TOKEN``, a file.

    Args:
        address: Its dashboard's URL.

    Raises:
        HeadSilentError: when nothing answers there.
        SubmissionError: when what answers is no head of Ray's, or wants another token.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        parts = urlsplit(address)
        if not answers(f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}", CONNECT_SECONDS):
            raise HeadSilentError(
                f"nothing answers at {redact(address)}: is the cluster's head running, and is this its dashboard's "
                "port (8265 unless chosen)?"
            )
        with self._asked(), meant(address), quiet():
            try:
                self._client = PromptClient(address)
            except (requests.exceptions.JSONDecodeError, KeyError, TypeError):
                raise SubmissionError(f"what answers at {redact(address)} is no dashboard of a Ray head") from None

    def submit(self, request: JobRequest) -> None:
        """Hand a job over, with its code; afterwards it is there, also when the answer was lost on its way.

        Raises:
            HeadSilentError: when the head has not taken it, for all one can know.
            SubmissionError: when it refuses the job.
        """
        try:
            with self._asked(), quiet():
                self._client.submit_job(
                    entrypoint=request.entrypoint, runtime_env=request.runtime_env, submission_id=request.job_id
                )
        except (ValueError, RayError) as error:
            raise SubmissionError(f"the job cannot be handed over: {error}") from None
        except HeadSilentError:
            if self.job(request.job_id).name == GONE:
                raise

    def job(self, job_id: str) -> JobState:
        """Ask how a job is doing.

        Raises:
            HeadSilentError, SubmissionError: when there is no answer.
        """
        try:
            with self._asked():
                found = self._client.get_job_info(job_id)
        except SubmissionError as error:
            if NOT_FOUND in str(error):
                return JobState(GONE)
            raise
        message = (found.message or "").partition(", last available logs")[0]
        return JobState(str(found.status.value), message, found.driver_exit_code)

    def stop(self, job_id: str) -> None:
        """Ask for a job's end; a job that is over already stays as it is.

        Raises:
            HeadSilentError, SubmissionError: when the head has not heard it.
        """
        with self._asked():
            self._client.stop_job(job_id)

    def log(self, job_id: str) -> str:
        """Return all that a job has written so far.

        Raises:
            HeadSilentError, SubmissionError: when there is no answer.
        """
        with self._asked():
            return str(self._client.get_job_logs(job_id))

    async def followed_log(self, job_id: str, quiet_seconds: float) -> AsyncIterator[str]:
        """Yield what a job writes, always from the beginning, until Ray closes the connection.

        Args:
            quiet_seconds: After so long without a letter the connection is given up, as it may be dead.

        Raises:
            HeadSilentError, SubmissionError: when the connection breaks, or there is none.
        """
        chunks = cast(AsyncGenerator[str, None], self._client.tail_job_logs(job_id))
        try:
            while True:
                with self._asked():
                    chunk = await asyncio.wait_for(anext(chunks, None), quiet_seconds)
                if chunk is None:
                    return
                yield chunk
        finally:
            await chunks.aclose()

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Turn what goes wrong in a question into an error of ours."""
        told = redact(self.address)
        try:
            yield
        except AuthenticationError:
            raise SubmissionError(
                f"{told} wants another token, or one at all; export RAY_AUTH_MODE=token and, as RAY_AUTH_TOKEN, the "
                "cluster's"
            ) from None
        except (TimeoutError, OSError, requests.RequestException, aiohttp.ClientError) as error:
            raise HeadSilentError(f"{told} does not answer ({type(error).__name__})") from None
        except RuntimeError as error:
            if "WebSocket" in str(error):
                raise HeadSilentError(f"{told} has closed the connection") from None
            kind = HeadSilentError if NOT_NOW in str(error) else SubmissionError
            raise kind(f"{told}: {error}") from None


@contextmanager
def meant(address: str) -> Iterator[None]:
    """Let Ray's client take ``address`` as it is; its variables would else win over what the user has chosen."""
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ[VARIABLES[0]] = address
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def quiet() -> Iterator[None]:
    """Let Ray's client not talk of packages that it sends."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
