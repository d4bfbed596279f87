"""A session to take along."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from semstyle.studio.exporting import archive, export_files
from semstyle.studio.studio import TheRenders, TheSession

router = APIRouter(prefix="/sessions/{session_id}")


@router.get("/export")
def export(
    session: TheSession,
    renders: TheRenders,
    picture: Annotated[str | None, Query(pattern=r"^[0-9a-f]{16}$")] = None,
) -> Response:
    finished = None if picture is None else renders.picture(picture)
    made = export_files(session, session.document(), finished)
    return Response(archive(made), media_type="application/zip")
