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
    """Copies what was received into the inbox's folder of answers; the extent of each segment there."""
    handed = segments.extents()
    for name, extent in handed.items():
        source, target = segments.folder / name, inbox / file_name(name)
        there = target.stat().st_size if target.exists() else 0
        if extent.size > there and source.exists():
            inbox.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as file:
                write_durably(target, file.read(extent.size))
    return {name: extent for name, extent in handed.items() if extent.lines}


def file_name(segment: str) -> str:
    """The name in the inbox of a segment."""
    return PREFIX + segment
