"""Renders: started here or on a cluster, cancelled, looked at; and the stream of their news."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from semstyle.studio.cluster import ClusterPlace, hand_over
from semstyle.studio.errors import StudioError
from semstyle.studio.renders.news import RenderKind
from semstyle.studio.renders.renders import SessionRenders
from semstyle.studio.studio import TheRenders, TheSession, TheStudio

HEARTBEAT_SECONDS = 10.0
RenderId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
router = APIRouter(prefix="/sessions/{session_id}")


class RenderWish(BaseModel):
    """What is to be rendered of the session as it is stored."""

    kind: RenderKind


class ClusterWish(BaseModel):
    """Where a picture is to be rendered; what is missing is as the command line says."""

    address: str | None = Field(default=None, max_length=500)
    folder: str | None = Field(default=None, max_length=2000)


@router.post("/renders")
def start(session: TheSession, renders: TheRenders, wish: RenderWish) -> dict[str, str]:
    return {"id": renders.start(session.document(), wish.kind)}


@router.post("/submissions")
def submit(studio: TheStudio, session: TheSession, renders: TheRenders, wish: ClusterWish) -> dict[str, str]:
    known = studio.cluster
    address = wish.address or (known.address if known else None)
    if not address:
        raise StudioError("name the cluster: the URL of its head's dashboard, such as http://head:8265")
    folder = wish.folder or (known.folder if known else None) or str(session.path / "cluster")
    return {"id": hand_over(renders, session.document(), ClusterPlace(address, folder))}


@router.delete("/renders/{render_id}")
def cancel(renders: TheRenders, render_id: RenderId) -> dict[str, str]:
    renders.cancel(render_id)
    return {"id": render_id}


@router.get("/renders/{render_id}/picture")
def picture(renders: TheRenders, render_id: RenderId) -> Response:
    return Response(renders.picture(render_id), media_type="image/png")


@router.get("/preview")
def last_preview(renders: TheRenders) -> Response:
    found = renders.last_preview()
    return Response(status_code=204) if found is None else Response(found, media_type="image/png")


@router.get("/events")
async def events(request: Request, renders: TheRenders) -> StreamingResponse:
    """Stream, as server-sent events, each render that changes; first all of them as they are."""
    return StreamingResponse(news(request, renders), media_type="text/event-stream")


async def news(request: Request, renders: SessionRenders) -> AsyncIterator[str]:
    serial = -1
    with renders.listen() as changed:
        while not await request.is_disconnected():
            changed.clear()
            last, found, ids = renders.since(serial)
            if last != serial:
                yield event({"renders": found, "ids": ids, "revision": renders.revision})
            else:
                yield ": still here\n\n"
            serial = last
            try:
                await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                continue


def event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"
