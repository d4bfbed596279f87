"""Writing ``report/``: a run as pages that a browser shows without a network, and the paper's claims as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from semstyle.farm.errors import FarmError
from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import REPORT, committed_ids, contact_sheets, image_path
from semstyle.report.claim import Claim, Sample, sample_of
from semstyle.report.claims import claims_of
from semstyle.report.gallery import MOST_SHOWN, Group, groups_of, pages_of
from semstyle.report.number import number
from semstyle.report.order import First
from semstyle.report.overview import Overview, RunTotals, overview
from semstyle.report.results import COLUMNS, read_results
from semstyle.report.varying import Tags, tags_of
from semstyle.storage import Folder, MissingObjectError, redact

INDEX = f"{REPORT}/index.html"
CLAIMS = f"{REPORT}/claims.md"
TEMPLATES = Path(__file__).parent / "templates"
READ = (*COLUMNS, "image_sha256", "height", "width", "metrics", "render_seconds", "device", "semstyle_version")
IMAGES_PER_PAGE = 60


@dataclass(frozen=True)
class Report:
    """A report that was written.

    Attributes:
        index: Where the first page is.
        claims_text: Markdown, or None when the run has nothing to say about the paper's claims.
    """

    index: str
    pages: int
    renders: int
    claims: Sequence[Claim]
    claims_text: str | None


def write_report(
    out_uri: str, limit: int = MOST_SHOWN, per_page: int = IMAGES_PER_PAGE, to: Folder | None = None
) -> Report:
    """Write ``report/index.html``, its further pages, and ``report/claims.md`` when there are claims to judge.

    Nothing else in the folder is written. Totals are of all renders, the gallery has the first ``limit`` in the order
    of the manifest. Contact sheets that are there are linked.

    Args:
        to: Where ``report/`` is to be, with a copy of the gallery's images; the run's own folder by default.

    Raises:
        StorageError: when the run cannot be read, or the report not written.
        FarmError: when no run has been there, or a record is damaged.
    """
    folder = Folder(out_uri)
    target = to or folder
    require_run(folder)
    found = read_run(folder, limit)
    shown, renders = found.shown.in_order, found.totals.renders
    claims = claims_of(found.samples)
    pages = pages_of(groups_of(shown, found.counts), per_page)
    names = [page_name(number) for number in range(len(pages))]
    sheets = [path.rpartition("/")[2] for path in contact_sheets(target)]
    environment = page_environment()
    head = overview(folder, found.totals)
    for position, groups in enumerate(pages):
        html = render_page(environment, head, claims, groups, names, position, renders - len(shown), sheets)
        target.write(f"{REPORT}/{names[position]}", html.encode())
    text = environment.get_template("claims.md").render(claims=claims, out=head.out) if claims else None
    if text is not None:
        target.write(CLAIMS, text.encode())
    if to is not None:
        copy_images(folder, to, [result["render_id"] for result in shown])
    return Report(redact(target.location(INDEX)), len(pages), renders, claims, text)


def copy_images(folder: Folder, to: Folder, render_ids: Sequence[str]) -> None:
    """Copy these renders' images; one that has gone meanwhile is left out."""
    paths = list(map(image_path, render_ids))

    def read(path: str) -> bytes | None:
        try:
            return folder.read(path)
        except MissingObjectError:
            return None

    for path, data in zip(paths, in_order(read, paths), strict=True):
        if data is not None:
            to.write(path, data, durable=False)


def require_run(folder: Folder) -> None:
    """Raise :class:`FarmError` when nothing was ever run here: a misspelt name would become a folder."""
    if read_job(folder) is None and next(committed_ids(folder), None) is None:
        raise FarmError(f"{redact(folder.uri)}: no run here; start one with `semstyle run`")


@dataclass(frozen=True)
class Found:
    """What a run's renders contribute to a report.

    Attributes:
        totals: Sums over all renders.
        samples: The renders that the paper's claims are tested on.
        shown: The renders in the gallery.
        counts: How many renders have which tags.
    """

    totals: RunTotals
    samples: list[Sample]
    shown: First
    counts: Counter[Tags]


def read_run(folder: Folder, limit: int) -> Found:
    """Look at every render of a run, and keep the first ``limit``."""
    found = Found(RunTotals(), [], First(limit), Counter())
    for result in read_results(folder, READ):
        found.totals.add(result)
        found.shown.add(result)
        found.counts[tags_of(result)] += 1
        if sample := sample_of(result):
            found.samples.append(sample)
    return found


def render_page(
    environment: Environment,
    head: Overview,
    claims: Sequence[Claim],
    groups: Sequence[Group],
    names: Sequence[str],
    position: int,
    left_out: int,
    sheets: Sequence[str],
) -> str:
    """Write one page as HTML; the first also has the overview, the claims and the failures."""
    return environment.get_template("page.html").render(
        head=head,
        claims=claims,
        groups=groups,
        names=names,
        position=position,
        left_out=left_out,
        sheets=sheets,
        style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),  # ours, and CSS has > in it
    )


def page_name(position: int) -> str:
    return "index.html" if position == 0 else f"page-{position + 1}.html"


def page_environment() -> Environment:
    """Load the templates. Those of HTML have every value escaped; those of Markdown escape what they are given."""
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
    """Write a stranger's text for a table in Markdown, on one line, so that nothing in it is markup."""
    line = " ".join(str(value).split())
    return "".join(f"\\{letter}" if letter in r"\`*_[]<>|#&!" else letter for letter in line)
