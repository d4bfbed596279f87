"""The web application, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from semstyle.errors import SemstyleError
from semstyle.storage import StorageError, redact
from semstyle.studio import page
from semstyle.studio.access import Gate
from semstyle.studio.errors import StudioError
from semstyle.studio.routes import exports, maps, pictures, renders, sessions
from semstyle.studio.sessions.picture import LARGEST_FILE
from semstyle.studio.sessions.plane import LARGEST_FILE as LARGEST_PLANE
from semstyle.studio.studio import Studio

LARGEST_BODIES = {"pictures": LARGEST_FILE, "maps": LARGEST_FILE, "planes": LARGEST_PLANE}


def make_app(studio: Studio, port: int, token: str) -> FastAPI:
    """Make the application that answers on ``port`` of this machine's loopback to whoever knows ``token``."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        studio.queue.start()
        yield
        studio.close()

    app = FastAPI(title="semstyle studio", openapi_url=None, lifespan=lifespan)
    app.state.studio = studio
    for part in (sessions, pictures, maps, renders, exports):
        app.include_router(part.router, prefix="/api")
    app.include_router(page.router)
    app.add_middleware(Gate, port=port, token=token, largest_bodies=LARGEST_BODIES)
    app.add_exception_handler(SemstyleError, told)
    app.add_exception_handler(RequestValidationError, told)
    app.add_exception_handler(HTTPException, told)
    return app


def told(_: Request, error: Exception) -> JSONResponse:
    """Answer with what went wrong, in a line."""
    match error:
        case StudioError():
            status, message = error.status, str(error)
        case StorageError():
            status, message = 507, str(error)
        case SemstyleError():
            status, message = 400, str(error)
        case RequestValidationError():
            status, message = 422, first_complaint(error)
        case HTTPException():
            status, message = error.status_code, str(error.detail)
        case _:
            status, message = 500, type(error).__name__
    return JSONResponse({"error": redact(message)}, status)


def first_complaint(error: RequestValidationError) -> str:
    found = error.errors()[0]
    place = ".".join(str(part) for part in found.get("loc", ()) if part != "body")
    return f"{place}: {found.get('msg', 'is not understood')}" if place else str(found.get("msg", "not understood"))
