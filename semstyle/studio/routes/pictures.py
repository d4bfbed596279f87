"""Pictures and the pixels of layers: stored and read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from semstyle.studio.sessions.picture import kept_picture
from semstyle.studio.sessions.session import StudioSession
from semstyle.studio.studio import Studio, TheSession, TheStudio

FileName = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
GivenName = Annotated[str, Query(max_length=200)]
router = APIRouter(prefix="/sessions/{session_id}")


@router.post("/pictures")
async def add_picture(
    studio: TheStudio, session: TheSession, request: Request, name: GivenName = "the picture"
) -> dict[str, Any]:
    data = await request.body()
    return await run_in_threadpool(added_picture, studio, session, data, name)


def added_picture(studio: Studio, session: StudioSession, data: bytes, name: str) -> dict[str, Any]:
    with studio.making:
        kept = kept_picture(data, name)
    width, height = kept.map_size
    size = {"width": kept.width, "height": kept.height, "map_width": width, "map_height": height}
    return {"id": session.add_picture(kept), **size}


@router.get("/pictures/{name}")
def picture(session: TheSession, name: FileName) -> Response:
    return Response(session.picture_file(name), media_type="image/png")


@router.put("/planes/{name}")
async def write_plane(session: TheSession, request: Request, name: FileName) -> dict[str, str]:
    data = await request.body()
    await run_in_threadpool(session.write_plane, name, data)
    return {"id": name}


@router.get("/planes/{name}")
def plane(session: TheSession, name: FileName) -> Response:
    return Response(session.plane_file(name), media_type="application/octet-stream")
