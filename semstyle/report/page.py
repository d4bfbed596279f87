"""``report/``: a run as pages that a browser shows without a network, and the paper's claims as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from semstyle.farm.errors import FarmError
from semstyle.farm.job import read_job
from semstyle.farm.layout import committed_ids
from semstyle.report.claim import Claim, Sample, sample_of
from semstyle.report.claims import claims_of
from semstyle.report.gallery import Group, groups_of, pages_of
from semstyle.report.number import number
from semstyle.report.overview import Overview, Totals, overview
from semstyle.report.results import COLUMNS, read_results
from semstyle.report.varying import Result
from semstyle.storage import Folder, redact

REPORT = "report"
INDEX = f"{REPORT}/index.html"
CLAIMS = f"{REPORT}/claims.md"
TEMPLATES = Path(__file__).parent / "templates"
READ = (*COLUMNS, "image_sha256", "height", "width", "metrics", "render_seconds", "device", "semstyle_version")
MOST_IMAGES = 1_000
IMAGES_PER_PAGE = 60


@dataclass(frozen=True)
class Report:
    """What was written.

    Attributes:
        index: Where the first page is.
        claims_text: Markdown, or None when the run has nothing to say about the paper's claims.
    """

    index: str
    pages: int
    renders: int
    claims: Sequence[Claim]
    claims_text: str | None


def write_report(out_uri: str, limit: int = MOST_IMAGES, per_page: int = IMAGES_PER_PAGE) -> Report:
    """Write ``report/index.html``, its further pages, and ``report/claims.md`` when there are claims to judge.

    Nothing else in the folder is written. Totals are of all renders, the gallery has the first ``limit``.

    Raises:
        StorageError: when the run cannot be read, or the report not written.
        FarmError: when no run has been there, or a record is damaged.
    """
    folder = Folder(out_uri)
    require_run(folder)
    totals, samples, shown = read_run(folder, limit)
    claims = claims_of(samples)
    pages = pages_of(groups_of(shown), per_page)
    names = [page_name(number) for number in range(len(pages))]
    environment = page_environment()
    head = overview(folder, totals)
    for position, groups in enumerate(pages):
        html = render_page(environment, head, claims, groups, names, position, totals.renders - len(shown))
        folder.write(f"{REPORT}/{names[position]}", html.encode())
    text = environment.get_template("claims.md").render(claims=claims, out=head.out) if claims else None
    if text is not None:
        folder.write(CLAIMS, text.encode())
    return Report(redact(folder.location(INDEX)), len(pages), totals.renders, claims, text)


def require_run(folder: Folder) -> None:
    """Raise :class:`FarmError` when nothing was ever run here: a name with a slip would become a folder."""
    if read_job(folder) is None and next(committed_ids(folder), None) is None:
        raise FarmError(f"{redact(folder.uri)}: no run here; start one with `semstyle run`")


def read_run(folder: Folder, limit: int) -> tuple[Totals, list[Sample], list[Result]]:
    """Everything's totals, the samples for the paper's claims, and the first ``limit`` renders."""
    totals = Totals()
    samples: list[Sample] = []
    shown: list[Result] = []
    for result in read_results(folder, READ):
        totals.add(result)
        if sample := sample_of(result):
            samples.append(sample)
        if len(shown) < limit:
            shown.append(result)
    return totals, samples, shown


def render_page(
    environment: Environment,
    head: Overview,
    claims: Sequence[Claim],
    groups: Sequence[Group],
    names: Sequence[str],
    position: int,
    left_out: int,
) -> str:
    """One page; the first also has the overview, the claims and the failures."""
    return environment.get_template("page.html").render(
        head=head,
        claims=claims,
        groups=groups,
        names=names,
        position=position,
        left_out=left_out,
        style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),  # ours, and CSS has > in it
    )


def page_name(position: int) -> str:
    return "index.html" if position == 0 else f"page-{position + 1}.html"


def page_environment() -> Environment:
    """Templates in which every value is escaped, but for those of the Markdown, which escape their own."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: name is None or name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["markdown"] = in_markdown
    return environment


def in_markdown(value: object) -> str:
    """A stranger's text in a table of Markdown: on one line, and nothing in it is a mark."""
    line = " ".join(str(value).split())
    return "".join(f"\\{letter}" if letter in r"\`*_[]<>|#&!" else letter for letter in line)
