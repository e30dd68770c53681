"""Answers on their way to the inbox: each segment of the journal is a file there, which grows as it does.

A copy, because the journal's own files may end in half a line at any moment. A load that finds a file
longer than before knows the rows it has read, by the rules for any file that was delivered again. Does not
belong here: what a load makes of it.
"""

from __future__ import annotations

from pathlib import Path

from receiver.segments import Extent, Segments, write_durably

PREFIX = "received-"


def hand_over(segments: Segments, inbox: Path) -> dict[str, Extent]:
    """Copies what no load has taken yet into the inbox; the extents of what is there now."""
    handed = segments.unsettled()
    for name, extent in handed.items():
        target = inbox / file_name(name)
        if not target.exists() or target.stat().st_size != extent.size:
            inbox.mkdir(parents=True, exist_ok=True)
            with (segments.folder / name).open("rb") as file:
                write_durably(target, file.read(extent.size))
    return handed


def file_name(segment: str) -> str:
    """The name in the inbox of a segment."""
    return PREFIX + segment
