"""Pictures that a cluster renders: a manifest of one row is put where its nodes can read it, and handed to its head."""

from __future__ import annotations

import posixpath
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from semstyle.errors import SemstyleError
from semstyle.storage import Folder, redact
from semstyle.studio.errors import StudioError
from semstyle.studio.exporting import export_files
from semstyle.studio.renders.news import End, RenderNews
from semstyle.studio.renders.order import described
from semstyle.studio.renders.renders import SessionRenders
from semstyle.studio.sessions.document import StudioDocument
from semstyle.studio.sessions.picture import kept_picture
from semstyle.submission.address import head_address, is_this_machine
from semstyle.submission.distant_head import DistantHead
from semstyle.submission.follower import Follower
from semstyle.submission.outcome import Outcome
from semstyle.submission.places import reachable
from semstyle.submission.request import JobRequest
from semstyle.submission.watch import Show, Submitted, Watch
from semstyle.submission.working_directory import working_directory

MOST_JOBS = 8
"""How many jobs of this studio may be on their way; each is followed by a thread."""
FOLLOWED = "studio-job"


@dataclass(frozen=True)
class ClusterPlace:
    """A cluster.

    Attributes:
        address: The URL of its head's dashboard.
        folder: The URI of a folder that its nodes and this machine can read and write.
    """

    address: str
    folder: str


def hand_over(renders: SessionRenders, document: StudioDocument, place: ClusterPlace) -> str:
    """Hand a render of ``document`` to a cluster, and follow it in a thread; returns the render's id.

    Raises:
        SubmissionError: when the head does not answer or refuses, or cannot read the folder.
        StorageError: when the folder cannot be written.
        StudioError: when something is missing, or too many jobs are on their way.
    """
    if too_many := refusal():
        raise StudioError(too_many, 429)
    head = DistantHead(head_address(place.address))
    connected = head.connected()
    news = RenderNews(secrets.token_hex(8), "picture", made_at=time.time(), state="submitted")
    base = reachable("the cluster's folder", place.folder, is_this_machine(head.address))
    folder = Folder(posixpath.join(base, f"studio-{news.id}"))
    for name, content in export_files(renders.session, document).items():
        folder.write(name, content)
    out = folder.location("out")
    request = JobRequest(folder.location("manifest.parquet"), out, code=working_directory(None, False))
    connected.submit(request)
    told = redact(head.address)
    news.job, news.out, news.address = request.job_id, redact(out), head.address if told == head.address else None
    news.parameters = described(dict(document.parameters))
    news.message = f"handed to {told}"
    follow(renders, news, head, Folder(out))
    return news.id


def follow_again(renders: SessionRenders) -> None:
    """Go on following what was handed to clusters before the studio was started."""
    for news in renders.unfollowed:
        try:
            head, out = DistantHead(head_address(news.address)), Folder(str(news.out))
            if too_many := refusal():
                raise StudioError(f"{too_many}; the job {news.job} goes on, into {news.out}")
        except SemstyleError as error:
            renders.end(news, End("failed", message=redact(str(error))))
            continue
        news.message = f"looking for it at {news.address}"
        follow(renders, news, head, out)


def refusal() -> str | None:
    """Return why no further job can be followed, or None."""
    is_full = sum(thread.name == FOLLOWED for thread in threading.enumerate()) >= MOST_JOBS
    return f"{MOST_JOBS} pictures are on clusters already; wait for one of them" if is_full else None


def follow(renders: SessionRenders, news: RenderNews, head: DistantHead, out: Folder) -> None:
    """Follow a job in a thread, and let the page stop it."""
    submitted = Submitted(str(news.job), out, str(news.out))

    def stop() -> None:
        head.stop(submitted.job_id)
        renders.update(news, message="stopping")

    renders.add(news, stop)
    renders.update(news)
    job = FollowedJob(renders, news, submitted)
    follower = Follower(head, submitted.job_id)
    watch = Watch(submitted, follower, job, stop, lambda: "detach")
    threading.Thread(target=job.follow, args=(watch, follower), name=FOLLOWED, daemon=True).start()


class FollowedJob(Show):
    """Tells the page what a job's log says last, and fetches the picture at its end."""

    def __init__(self, renders: SessionRenders, news: RenderNews, submitted: Submitted) -> None:
        self._renders, self._news, self.submitted = renders, news, submitted

    def lines(self, lines: Sequence[str]) -> None:
        if said := [line for line in lines if line.strip()]:
            self.note(said[-1])

    def note(self, text: str) -> None:
        self._renders.update(self._news, message=redact(text)[:300])

    def follow(self, watch: Watch, follower: Follower) -> None:
        """Wait for the job's end."""
        follower.start()
        try:
            end = self._end(watch.outcome())
        except SemstyleError as error:
            end = End("failed", message=redact(str(error)))
        self._renders.end(self._news, end)

    def _end(self, outcome: Outcome) -> End:
        if outcome.state == "stopped":
            return End("cancelled")
        if outcome.exit_code != 0:
            return End("failed", message=redact(outcome.message or f"the run ended with {outcome.exit_code}")[:300])
        folder = self.submitted.folder
        name = next(folder.names("images"), None)
        if name is None:
            return End("failed", message=f"{self.submitted.out} has no image")
        return End("finished", picture=kept_picture(folder.read(f"images/{name}"), name).file)
