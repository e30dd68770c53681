"""`nps listen`: the receiver, with the company's senders.

Needs neither Dagster nor dlt: the receiver waits for nothing and takes little memory.
"""

from __future__ import annotations

from typing import Annotated

import typer


def listen(
    host: Annotated[
        str, typer.Option(help="The address to listen on; the public one is that of a proxy in front.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8787,
) -> None:
    """Receive answers as they are given: events that vendors post, kept on disk until a load takes them."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        serve(host, port)


def serve(host: str, port: int) -> None:
    """Serve until told to end.

    Raises:
        ConfigurationError: the company has no sender, or its sections are not in order.
    """
    from company import receiving
    from orchestration import environment, logs
    from orchestration.cli import console
    from receiver import application, senders, server

    home, folder = environment.prepare(), environment.company()
    if home.is_simulated:
        raise environment.ConfigurationError(
            f"{home.path} holds the simulated company; set NPS_HOME to another folder and receive there"
        )
    said, mistakes = receiving.receiving(folder)
    if mistakes:
        raise environment.ConfigurationError(f"the company folder {folder} is not in order: {mistakes[0]}")
    if not said.senders:
        raise environment.ConfigurationError(
            f"nobody may post events: write [receiver.SENDER] into {folder / 'secrets.toml'}"
            f" for one of {', '.join(senders.known())} (docs/how-to/receive-answers-at-once.md)"
        )
    known = senders.known()
    posting = {name: (known[name], secrets) for name, secrets in said.senders.items()}
    for name in posting:
        console.out.print(f"POST http://{host}:{port}/events/{name}", markup=False, soft_wrap=True)
    receiving_posts = application.application(home.received, posting, said.hosts)
    server.serve(receiving_posts, host, port, logs.configuration())
