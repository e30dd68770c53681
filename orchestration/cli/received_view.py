"""What `nps sources` tells of events: how many each sender posted, and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from rich.console import Console
from rich.table import Table

from publication.wording import count
from receiver import senders
from receiver.segments import standings


def write(received: Path, loaded: Collection[str], console: Console) -> None:
    """One line for each sender; `loaded` are the sources that are loaded here."""
    found = standings(received)
    if not found:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("received from")
    for heading in ("received", "loaded", "quarantined", "waiting"):
        table.add_column(heading, justify="right")
    table.add_column("")
    known = senders.known()
    for name, standing in found.items():
        is_loaded = name in known and known[name].source in loaded
        numbers = (standing.received, standing.loaded, standing.quarantined, standing.waiting)
        table.add_row(name, *map(count, numbers), "" if is_loaded else "kept: no loader")
    console.print()
    console.print(table)
