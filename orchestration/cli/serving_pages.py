"""`nps serve` and `nps daemon`: what runs all the time on a server.

Belongs here: options, and that it may start. Does not belong here: what is answered (`serving.web`), or what
the daemon does (`webserver.py`).
"""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen on; the public one is that of a proxy in front.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A host name under which it is reached; repeatable."),
    ] = None,
) -> None:
    """Serve the published pages, their manifest, /healthz and /metrics. It has no login, and only reads."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from functools import partial

        from orchestration import environment, exposition, logs
        from receiver import server
        from serving import web

        home = environment.home()
        console.out.print(f"http://{host}:{port}", markup=False, soft_wrap=True)
        application = web.application(home.published, partial(exposition.text, home), name or ())
        server.serve(application, host, port, logs.configuration())


def daemon() -> None:
    """Run what Dagster does on its own: the schedule, loads of what was received, alerts. No web page.

    NPS_SCHEDULE switches the schedule on: when to refresh, as cron says it, in UTC.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration import webserver

        raise typer.Exit(webserver.run_daemon())
