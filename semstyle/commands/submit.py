"""``semstyle submit``: a manifest handed to a cluster from anywhere, through Ray Jobs."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Annotated, Any, TextIO

import typer

from semstyle.commands.arguments import AsJson
from semstyle.commands.job_view import JobView, job_view
from semstyle.commands.output_folder import check_folder
from semstyle.commands.passed_on import command_line, taking_options_of
from semstyle.commands.run import checked_options, run
from semstyle.farm.monitor.notice import REFERENCE
from semstyle.farm.output.job import read_job
from semstyle.farm.rows.source import ManifestSource
from semstyle.storage import Folder, StorageError, redact
from semstyle.submission.address import head_address, is_this_machine
from semstyle.submission.environment import passed_variables
from semstyle.submission.errors import SubmissionError
from semstyle.submission.follower import Follower
from semstyle.submission.outcome import Outcome
from semstyle.submission.places import reachable, refuse_secret
from semstyle.submission.request import JobRequest
from semstyle.submission.watch import Choice, Show, Submitted, Watch
from semstyle.submission.working_directory import LARGEST_FILE, working_directory

OWN = {"manifest", "out", "address", "dry", "as_json"}
"""Parameters of ``semstyle run`` that are not passed on as they are."""
TEXTS = {"allow_uri": "--allow-uri", "where": "--where", "log": "--log"}
QUESTION = "\nstop the job (s), or leave it at work and detach (d)? Ctrl-C detaches: "
FILES_SHOWN = 3


@taking_options_of(run, without=OWN)
def submit(
    manifest: Annotated[str, typer.Argument(metavar="M", help="Parquet manifest, or a folder of them: a URI.")],
    out: Annotated[str, typer.Option("--out", "-o", help="Output folder, a URI.")],
    address: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="The dashboard of the cluster's head, such as http://head:8265; by default RAY_ADDRESS."
        ),
    ] = None,
    working_dir: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Folder that travels to the cluster, with semstyle in it; by default this checkout."
        ),
    ] = None,
    installed: Annotated[
        bool, typer.Option("--installed", help="Send no code: the cluster's nodes have semstyle installed.")
    ] = False,
    env: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Pass this variable of this environment to the job; may be repeated. WARNING: Ray stores its value, "
            "and shows it to whoever can reach the head. Keys are better set on the nodes.",
        ),
    ] = None,
    shared_paths: Annotated[
        bool, typer.Option("--shared-paths", help="Paths of this machine are the same on all of the cluster's nodes.")
    ] = False,
    wait: Annotated[
        bool, typer.Option(help="Follow the job to its end; --no-wait leaves it as soon as it is there.")
    ] = True,
    as_json: AsJson = False,
    **passed: Any,
) -> None:
    """Hand a manifest to a cluster from anywhere, and follow its log.

    The log survives dropped connections; Ctrl-C asks whether to stop the job or to detach. Exit codes are those of
    `semstyle run`, read from OUT: 0 only when every row that was asked for is committed; 130 also when detached.
    """
    check_folder("--out", out)
    address = head_address(address)
    is_shared = shared_paths or is_this_machine(address)
    options = checked_options(**passed_to_options(passed))
    for name, option in TEXTS.items():
        for text in values_of(passed.get(name)):
            refuse_secret(option, text)
    refuse_address(passed.get("notify"))
    out_uri = reachable("--out", out, is_shared)
    request = JobRequest(
        reachable("M", manifest, is_shared),
        out_uri,
        command_line(run, passed),
        working_directory(working_dir, installed),
        passed_variables(env or ()),
    )
    try:
        ManifestSource(request.manifest, options.part, options.choice).count()
    except StorageError:
        if is_shared:
            raise  # else the nodes may read what this machine must not
    folder = Folder(out_uri)
    read_job(folder)  # as its end will have to be read from here

    from semstyle.submission.head import Head  # only now, as it imports Ray

    head = Head(address)
    head.submit(request)
    submitted = Submitted(request.job_id, folder, redact(folder.uri))
    printer = Printer(as_json)
    tell_submitted(printer, request, redact(address), submitted)
    if not wait:
        end(Outcome(job=request.job_id, out=submitted.out, state="submitted", exit_code=0), as_json)
    follower = Follower(head, request.job_id)
    follower.start()
    with printer.viewing(submitted):
        found = Watch(submitted, follower, printer, lambda: head.stop(request.job_id), lambda: ask(printer)).outcome()
    if found.state == "detached":
        printer.note("detached; the job goes on")
    end(found, as_json)


def passed_to_options(passed: dict[str, Any]) -> dict[str, Any]:
    """Return those of the values that :class:`RunOptions` checks."""
    from semstyle.farm import RunOptions

    values = {name: value for name, value in passed.items() if name in RunOptions.model_fields}
    return {**values, "allow_uri": values.get("allow_uri") or ()}


def values_of(value: Any) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [value]


def refuse_address(notify: str | None) -> None:
    """Refuse an address for notices, which Ray would show to whoever reaches the head."""
    if notify is not None and not notify.startswith(REFERENCE):
        raise SubmissionError(
            "--notify: Ray shows a job's command line, and such an address is a secret; give --notify env:NAME, of a "
            "variable that the cluster's nodes have or --env NAME passes on"
        )


class Printer(Show):
    """Prints a job's log on stdout, or on stderr when stdout is for JSON; what is not from the log goes to stderr.

    What goes to a terminal on which the run is viewed stands above that view.
    """

    def __init__(self, as_json: bool) -> None:
        self._log = sys.stderr if as_json else sys.stdout
        self._view: JobView | None = None

    @contextmanager
    def viewing(self, submitted: Submitted) -> Iterator[None]:
        """Within this context a terminal shows how the job's run is doing."""
        self._view = job_view(submitted)
        try:
            yield
        finally:
            if self._view is not None:
                self._view.close()
            self._view = None

    def paused(self) -> AbstractContextManager[None]:
        """Within this context the terminal is left alone."""
        return nullcontext() if self._view is None else self._view.paused()

    def lines(self, lines: Sequence[str]) -> None:
        self._print("\n".join(map(redact, lines)), self._log)

    def note(self, text: str) -> None:
        self._print(f"semstyle: {redact(text)}", sys.stderr)

    def _print(self, text: str, stream: TextIO) -> None:
        if self._view is not None and stream.isatty():
            self._view.print(text)
        else:
            print(text, file=stream, flush=True)


def tell_submitted(printer: Printer, request: JobRequest, address: str, submitted: Submitted) -> None:
    """Say what was handed over, and the commands that follow and stop it."""
    code = (
        f"the code of {request.code.path}" if request.code and request.code.has_program else "the nodes' own semstyle"
    )
    printer.note(f"job {request.job_id} with {code}")
    if request.code and (large := request.code.too_large):
        more = f" and {len(large) - FILES_SHOWN:,} more" if len(large) > FILES_SHOWN else ""
        printer.note(f"files over {LARGEST_FILE >> 20} MiB stay here: {', '.join(large[:FILES_SHOWN])}{more}")
    for use, command in {
        "status": ["semstyle", "status", submitted.out, "--watch"],
        "log": ["ray", "job", "logs", "--follow", "--address", address, request.job_id],
        "stop": ["ray", "job", "stop", "--address", address, request.job_id],
    }.items():
        printer.note(f"  {use:7}{shlex.join(command)}")


def ask(printer: Printer) -> Choice:
    """Ask on a terminal whether to stop the job; elsewhere, and when nothing is answered, the job is left at work."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return "detach"
    with printer.paused():
        while True:
            print(QUESTION, end="", file=sys.stderr, flush=True)
            answer = sys.stdin.readline()
            if not answer:
                return "detach"
            match answer.strip().lower():
                case "s" | "stop":
                    return "stop"
                case "d" | "detach":
                    return "detach"
            printer.note("answer s or d")


def end(outcome: Outcome, as_json: bool) -> None:
    """Print what became of the job, and exit with its code."""
    if as_json:
        print(outcome.model_dump_json(indent=2))
    else:
        counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in outcome.counts.items() if count)
        message = f"; {outcome.message}" if outcome.message else ""
        print(redact(f"job {outcome.job} {outcome.state}{': ' if counts else ''}{counts}{message}"))
    raise typer.Exit(outcome.exit_code)
