"""`nps audit`: collect the evidence behind a published figure, check it, show it, pack it.

Belongs here: the order of these steps. Does not belong here: what the evidence is (`publication`), or how it
looks (`audit_view`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from expectations import recount
from ingestion import registry
from orchestration import environment, vendors
from orchestration.cli import audit_view, console
from orchestration.environment import Home
from publication import evidence, hashing, ledger, manifest, pack, reader, selection, versions
from publication.evidence import Evidence, Table
from publication.figure import key, segment_name
from publication.manifest import Manifest
from publication.selection import Question

RECOUNTED = ("promoters", "passives", "detractors", "responses", "nps", "nps_low", "nps_high")


class AuditFailedError(Exception):
    """The figure does not hold. The message names the difference."""


def members(typed: Sequence[str]) -> dict[str, str]:
    """Dimension → member of `dimension=member` as typed. Raises ValueError for anything else."""
    found = {}
    for each in typed:
        name, _, member = each.partition("=")
        if not name or not member:
            raise ValueError(f"--member {each!r} names no member; write dimension=member, such as plan=Pro")
        found[segment_name(name)] = member
    return found


def segment(typed: str | None, members: Mapping[str, str]) -> str:
    """The segment's name as published; without one, the segment of the members."""
    if typed is None:
        known = reader.segments(environment.home().published) if members else []
        return next((name for name in known if {*name.split("*")} == {*members}), "company")
    return segment_name(typed)


def run(question: Question | None, span: str | None, target: Path | None) -> int:
    """Audit the figures of a question, or everything published about a time; returns the exit code.

    Raises LedgerError, FigureError, EvidenceError, NothingPublishedError, PackError, AuditFailedError, each
    with what to do; ValueError for a word that is not understood.
    """
    home = environment.home()
    said = reader.manifest(home.published)
    chain = ledger.verify(home.ledger)
    current(home, said, chain)
    version, sequence = _folder(home, said), said.sequence
    if span is not None:
        found = selection.publications(home.ledger, chain, span)
        audit_view.publications(found, console.out)
        sequence = found[-1].sequence
        kept = _kept(home, sequence)
        if kept is None:
            console.out.print(f"publication {sequence} is no longer kept; only the ledger proves its figures")
            return 0
        version = kept
    figures = selection.figures(version, home.ledger, sequence, question)
    is_current = sequence == said.sequence
    found_evidence = evidence.collect(home.warehouse if is_current else None, version, figures)
    recounted = _recounted(home, said, figures) if is_current else None
    differences = _differences(figures, recounted) if recounted else []
    audit_view.show(found_evidence, recounted, differences, chain, console.out)
    if differences:
        raise AuditFailedError(f"the recount from raw differs: {differences[0]}")
    if target is not None:
        _pack(home, found_evidence, version, sequence, recounted, target)
    return 0


def current(home: Home, said: Manifest, chain: ledger.Chain) -> None:
    """Check that this ledger recorded the current publication."""
    if chain.files.get(ledger.file_name(said.sequence)) != said.ledger[ledger.file_name(said.sequence)]:
        raise hashing.LedgerError(
            f"{home.ledger / ledger.file_name(said.sequence)} is not the file that publication"
            f" {said.version} wrote: restore it from a backup"
        )


def _folder(home: Home, said: Manifest) -> Path:
    return home.published / "versions" / said.version


def _kept(home: Home, sequence: int) -> Path | None:
    """The folder of a publication that is still kept."""
    for folder in versions.settled(home.published):
        try:
            if manifest.read(folder).sequence == sequence:
                return folder
        except (FileNotFoundError, ValueError):
            continue
    return None


def _recounted(home: Home, said: Manifest, figures: Table) -> Table:
    """The same figures, counted again from all of the vendors' records. No sample: an auditor can wait."""
    again = recount.recount(
        home.warehouse, said.as_of, registry.names(), everything=True, sources=vendors.enabled()
    ).figures
    named = key(figures.columns)
    wanted = {tuple(row[name] for name in named) for row in figures.records()}
    rows = []
    for place, each in enumerate(again.keys):
        if each.values in wanted:
            numbers = [float(again.numbers[name][place]) for name in RECOUNTED]
            shown = [None if math.isnan(number) else number for number in numbers]
            rows.append(
                (*each.values, *(int(n) if n is not None and i < 4 else n for i, n in enumerate(shown)))
            )
    return Table((*named, *RECOUNTED), sorted(rows))


def _differences(figures: Table, recounted: Table) -> list[str]:
    named = key(figures.columns)
    again = {tuple(row[name] for name in named): row for row in recounted.records()}
    found = []
    for row in figures.records():
        figure = tuple(row[name] for name in named)
        other = again.get(figure, {})
        for name in RECOUNTED:
            here, there = row[name], other.get(name)
            if (here is None) != (there is None) or (here is not None and abs(here - there) > 1e-9):
                found.append(f"{name} of {' '.join(map(str, figure))} is {here}, recounted {there}")
    return found


def _pack(
    home: Home, found: Evidence, version: Path, sequence: int, recounted: Table | None, target: Path
) -> None:
    files = evidence.files(found, version, ledger.read(home.ledger, sequence), recounted)
    folder, archive = pack.write(target, files)
    console.out.print(f"\nevidence: {folder} and {archive}; verify it with `nps audit verify {archive}`")
