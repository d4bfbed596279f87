"""Maps: read from a file, made automatically, checked, and written as PNG."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from semstyle.studio.map_checking import check_session
from semstyle.studio.map_reading import LabelledPlanes, automatic_maps, painted_map
from semstyle.studio.renders.order import map_file
from semstyle.studio.routes.pictures import GivenName
from semstyle.studio.sessions.document import SideName
from semstyle.studio.sessions.session import StudioSession
from semstyle.studio.studio import Studio, TheSession, TheStudio

router = APIRouter(prefix="/sessions/{session_id}")


class AutomaticWish(BaseModel):
    """How many labels an automatic map may have."""

    labels: int = Field(default=6, ge=2, le=16)


@router.post("/maps/{side}")
async def read_file(
    studio: TheStudio, session: TheSession, request: Request, side: SideName, name: GivenName = "the map"
) -> dict[str, Any]:
    data = await request.body()
    return await run_in_threadpool(labels_of_file, studio, session, data, side, name)


def labels_of_file(studio: Studio, session: StudioSession, data: bytes, side: SideName, name: str) -> dict[str, Any]:
    document = session.document()
    picture = document.side(side).picture
    with studio.making:
        found = painted_map(data, name, document.palette, None if picture is None else session.picture_file(picture))
    return told(session, found)


@router.get("/maps/{side}")
def png(session: TheSession, side: SideName) -> Response:
    document = session.document()
    return Response(map_file(session, document, document.side(side)), media_type="image/png")


@router.post("/automatic")
def automatic(studio: TheStudio, session: TheSession, wish: AutomaticWish) -> dict[str, Any]:
    with studio.making:
        return told(session, automatic_maps(session, session.document(), wish.labels))


@router.get("/check")
def check(studio: TheStudio, session: TheSession) -> dict[str, Any]:
    with studio.making:
        return check_session(session, session.document())


def told(session: StudioSession, found: LabelledPlanes) -> dict[str, Any]:
    return {
        "palette": [label.model_dump() for label in found.palette],
        "planes": [session.add_plane(plane) for plane in found.planes],
        "sizes": [plane.size for plane in found.planes],
    }
