"""``semstyle studio``: the painter's page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from semstyle.commands.render import check_device
from semstyle.errors import InputError
from semstyle.importing import uncollected
from semstyle.storage import redact


def studio(
    style: Annotated[
        Path | None, typer.Option("--style", help="Begin a session with this painting or photograph.")
    ] = None,
    style_map: Annotated[Path | None, typer.Option("--style-map", help="Its semantic map.")] = None,
    target_map: Annotated[Path | None, typer.Option("--target-map", help="A doodle to begin with.")] = None,
    content: Annotated[Path | None, typer.Option("--content", help="A photograph whose content to keep.")] = None,
    sessions: Annotated[
        Path | None,
        typer.Option("--sessions", metavar="DIR", help="Where sessions are kept; by default in your data folder."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="By default 8377, or any free one if it is taken.")
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in your browser.")] = True,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="URL", help="A Ray head's dashboard that pictures may be handed to."),
    ] = None,
    cluster_folder: Annotated[
        str | None,
        typer.Option(
            "--cluster-folder", metavar="URI", help="A folder that the cluster's nodes and this machine can write."
        ),
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int | None, typer.Option("--threads", min=1, max=1024, help="Of a CPU render.")] = None,
) -> None:
    """Paint maps in the browser and watch them become a picture. Only this machine can reach the page.

    Sessions are kept on disk; Ctrl-C ends the studio, and the same command opens the last session again.
    """
    check_device(device)
    others = {"--style-map": style_map, "--target-map": target_map, "--content": content}
    if style is None and (alone := next((name for name, path in others.items() if path is not None), None)):
        raise InputError(f"{alone}: give --style too, the painting or photograph to begin with")
    if cluster_folder is not None and cluster is None:
        raise InputError("--cluster-folder: give --cluster too, the URL of the head's dashboard")
    with uncollected():
        try:
            import fastapi  # noqa: F401
            import uvicorn  # noqa: F401
        except ImportError as error:
            raise InputError(
                f"studio: the package {error.name} is missing; install semstyle with what it needs: "
                "pip install 'semstyle[studio]'"
            ) from None
        from semstyle.studio.beginning import begun_session
        from semstyle.studio.cluster import ClusterPlace
        from semstyle.studio.renders.render_process import RenderProcess
        from semstyle.studio.serving import listen, open_browser, serve
        from semstyle.studio.sessions.collection import SessionCollection
        from semstyle.studio.studio import Studio
        from semstyle.submission.address import head_address

    place = None if cluster is None else ClusterPlace(head_address(cluster), cluster_folder or "")
    kept = SessionCollection(sessions)
    begun = None if style is None else begun_session(kept, style, style_map, target_map, content).id
    listener = listen(port)
    console = Console(highlight=False, soft_wrap=True, markup=False)

    def tell(address: str) -> None:
        is_shown = browser and open_browser(address)
        console.print(f"the studio is {'open in your browser' if is_shown else 'ready'}; its address, a secret:")
        console.print(f"  {address}")
        console.print(f"sessions are kept in {redact(str(kept.path))}; Ctrl-C ends the studio")

    serve(Studio(kept, RenderProcess(device, threads), place), listener, begun, tell)
