"""The files of the page, which `npm run build` in web/ makes of web/studio/."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, HTTPException, Response

KINDS = {
    "index.html": "text/html; charset=utf-8",
    "studio.js": "text/javascript; charset=utf-8",
    "studio.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
router = APIRouter()


@router.get("/")
@router.get("/{name}")
def page(name: str = "index.html") -> Response:
    if name not in KINDS:
        raise HTTPException(404, "there is no such page")
    content = files("semstyle.studio").joinpath("app", name).read_bytes()
    return Response(content, media_type=KINDS[name])
