"""Sessions: listed, begun, read, stored and removed; and what the page needs to know of this program."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from semstyle import __version__
from semstyle.engine.methods import METHODS
from semstyle.engine.parameters import Parameters
from semstyle.engine.presets import PRESETS
from semstyle.storage import redact
from semstyle.studio.errors import StudioError
from semstyle.studio.sessions.document import MOST_LABELS, StudioDocument
from semstyle.studio.sessions.picture import LONG_SIDE
from semstyle.studio.studio import TheRenders, TheSession, TheStudio

router = APIRouter()


@router.get("/about")
def about(studio: TheStudio) -> dict[str, Any]:
    cluster = studio.cluster
    return {
        "version": __version__,
        "presets": list(PRESETS),
        "methods": list(METHODS),
        "defaults": {name: value for name, value in Parameters().as_dict().items() if value is not None},
        "largest": LONG_SIDE,
        "most_labels": MOST_LABELS,
        "cluster": None if cluster is None else {"address": redact(cluster.address), "folder": redact(cluster.folder)},
    }


@router.get("/sessions")
def listed(studio: TheStudio) -> list[dict[str, Any]]:
    found = []
    for session in studio.sessions.all():
        try:
            found.append({"id": session.id, "name": session.document().name, "changed": session.changed_at()})
        except (StudioError, OSError):
            continue  # one that cannot be read must not hide the others
    return found


@router.post("/sessions")
def begin(studio: TheStudio) -> dict[str, str]:
    return {"id": studio.sessions.new().id}


@router.get("/sessions/{session_id}")
def read(session: TheSession, renders: TheRenders) -> dict[str, Any]:
    return {"document": session.document().model_dump()}


@router.put("/sessions/{session_id}")
def store(session: TheSession, renders: TheRenders, document: StudioDocument) -> dict[str, int]:
    revision = session.store(document)
    renders.tell_revision(revision)
    return {"revision": revision}


@router.delete("/sessions/{session_id}")
def remove(studio: TheStudio, session: TheSession) -> dict[str, str]:
    studio.remove(session)
    return {"removed": session.id}
