"""Checks whether an evidence pack proves its figures, from the pack alone, in plain Python.

Every step is calculated again: the ledger's chain from the figures to the publication's head, the answers'
bands from the definition, the counts and fingerprints from the answers, score and interval from the counts.
The second implementation's recount is compared with them.

Belongs here: these checks and their errors. Does not belong here: the pack's own hashes (`pack`), or making a
pack (`evidence`).
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import accumulate
from pathlib import Path

from publication import evidence, figure, hashing, ledger, money_pack, money_proof, pack
from publication.acceptance import Acceptance
from publication.pack import Pack, PackError
from publication.proving import TOLERANCE, Proof, Row, numbered, publication, read, recorded

_BANDS = ("promoter", "passive", "detractor")


def verify(path: Path, books: Path | None = None) -> Proof:
    """Verify a pack, folder or zip; with `books` also that the ledger there has the same publication.

    Raises PackError at the first error, naming the file.
    """
    opened = pack.open_checked(path)
    try:
        is_money = money_pack.BEHIND in opened.files
        proof = money_proof.proved(opened, books) if is_money else _proved(opened, books)
        return replace(proof, recorded=recorded(opened, proof))
    except (KeyError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise PackError(f"{path} is intact but was not written by this project ({error!r})") from error


def _proved(opened: Pack, books: Path | None) -> Proof:
    path = opened.path
    said = publication(opened)
    rows = read(opened, evidence.ROWS)
    figures = read(opened, evidence.FIGURES)
    if not figures or [_key(row) for row in figures] != [_key(row) for row in rows]:
        raise PackError(f"{evidence.FIGURES} and {evidence.ROWS} in {path} do not have the same figures")
    accepted = _accepted(opened)
    steps = _chained(opened, rows, said, accepted[-1]["row_hash"] if accepted else None)
    checks = [
        f"every byte of {len(opened.files)} files is as written",
        f"{numbered(rows)} in a chain of {steps:,} ledger rows up to the publication's head",
    ]
    checks += [
        f"{each['limit']} of {each['subject']} was accepted by {each['accepted_by']} at"
        f" {each['accepted_at']}: {each['reason']}"
        for each in accepted
    ]
    missing = []
    if evidence.ANSWERS in opened.files:
        answers = read(opened, evidence.ANSWERS)
        by_definition(opened, answers)
        _follow(opened, rows, answers)
        checks.append(f"counts and fingerprints follow from {len(answers):,} answers and the bands in force")
    else:
        missing.append("the answers: this publication is no longer the current one")
    _arithmetic(opened, figures, rows)
    checks.append("scores and intervals follow from the counts")
    if evidence.RECOUNT in opened.files:
        _recounted(opened, figures)
        checks.append("the recount from the vendors' records agrees")
    else:
        missing.append("the recount: it was not made for this pack")
    sequence, head = int(said["sequence"]), said["ledger_head"]
    if books is not None:
        checks.append(_here(books, sequence, rows, accepted))
    return Proof(tuple(checks), tuple(missing), len(figures), sequence, head)


def _key(row: Row) -> tuple[str, ...]:
    try:
        return tuple(row[name] for name in figure.key(row))
    except (KeyError, ValueError) as error:
        raise PackError(f"a figure has no column {error}") from error


def _accepted(opened: Pack) -> list[dict[str, str]]:
    """The limits accepted for the publication, each following from the one before; no file means none."""
    listed = read(opened, evidence.ACCEPTED) if evidence.ACCEPTED in opened.files else []
    named = json.loads(opened.text(evidence.PUBLICATION)).get("accepted", [])
    head = listed[0]["previous_hash"] if listed else ""
    for place, row in enumerate(listed):
        *content, previous, own = row.values()
        if previous != head or own != hashing.row_hash(head, hashing.content_hash(content)):
            raise PackError(
                f"{evidence.ACCEPTED} in {opened.path}: row {place + 1} does not follow from the one before"
            )
        head = own
    columns = [field.name for field in fields(Acceptance)]
    if [[row[name] for name in columns] for row in listed] != [
        [str(each[name]) for name in columns] for each in named
    ]:
        raise PackError(
            f"{evidence.ACCEPTED} and {evidence.PUBLICATION} in {opened.path} name different accepted limits"
        )
    return listed


def _chained(opened: Pack, rows: Sequence[Row], said: Mapping[str, str], accepted: str | None) -> int:
    """Follow the chain from the first figure's row, or from the last accepted limit, to the publication's
    last row; return the number of steps."""
    chain = {int(row["position"]): row["content_hash"] for row in read(opened, evidence.CHAIN)}
    wanted = {int(row["position"]): row for row in rows}
    first = 1 if accepted else min(wanted)
    if sorted(chain) != list(range(first, first + len(chain))):
        raise PackError(f"{evidence.CHAIN} in {opened.path} lacks rows")
    head = accepted or wanted[first]["previous_hash"]
    for position in sorted(chain):
        row = wanted.get(position)
        if row is not None and (
            (row["sequence"], row["as_of"]) != (said["sequence"], said["as_of"])
            or row["previous_hash"] != head
            or chain[position] != ledger.row_content_hash(row)
        ):
            raise _wrong(opened, evidence.ROWS, row, "does not follow from the rows before it")
        head = hashing.row_hash(head, chain[position])
        if row is not None and row["row_hash"] != head:
            raise _wrong(opened, evidence.ROWS, row, "has a hash that does not match its content")
    if head != said["ledger_head"]:
        raise PackError(
            f"{evidence.CHAIN} in {opened.path} ends in {head}, the publication's ledger_head is"
            f" {said['ledger_head']}"
        )
    return len(chain)


def by_definition(opened: Pack, answers: Sequence[Row]) -> None:
    """Check that every answer has the band that the pack's definition gives its score."""
    bands: dict[tuple[str, int], str] = {}
    for row in read(opened, evidence.DEFINITION):
        if row["element"] == "score_band":
            low, high = (int(score) for score in row["value_text"].split("-"))
            if not 0 <= low <= high <= 10:
                raise PackError(f"{evidence.DEFINITION} in {opened.path} has a band of {low} to {high}")
            for score in range(low, high + 1):
                if bands.setdefault((row["definition_version"], score), row["item"]) != row["item"]:
                    raise PackError(f"{evidence.DEFINITION} in {opened.path} has two bands for score {score}")
    for answer in answers:
        score = int(answer["likelihood_score"])
        if bands.get((answer["definition_version"], score)) != answer["nps_band"]:
            raise PackError(
                f"answer {answer['answer_id']} in {evidence.ANSWERS} is a {answer['nps_band']} with score"
                f" {score}, which contradicts {evidence.DEFINITION}"
            )


class _Cell:
    """The answers of one segment's cell: counts and fingerprints up to any day, by two lookups."""

    def __init__(self, answers: Sequence[Row]) -> None:
        self._began = _Totals(answers, "response_date")
        self._ended = _Totals(answers, "current_until")

    def in_period(self, start: str, end: str) -> list[int]:
        """Promoters, passives, detractors and fingerprints of the answers dated in [start, end)."""
        return [b - a for a, b in zip(self._began.before(start), self._began.before(end), strict=True)]

    def current_at(self, end: str) -> list[int]:
        """The same for the answers that are their person's current one at the beginning of day `end`."""
        return [b - a for a, b in zip(self._ended.through(end), self._began.before(end), strict=True)]


class _Totals:
    """Running totals of answers, ordered by a day."""

    def __init__(self, answers: Sequence[Row], day: str) -> None:
        ordered = sorted(answers, key=lambda answer: answer[day])
        self._days = [answer[day] for answer in ordered]
        parts = [
            (*(int(answer["nps_band"] == band) for band in _BANDS), int(answer["answer_fingerprint"]))
            for answer in ordered
        ]
        columns = zip(*parts, strict=True) if parts else [()] * 4
        self._totals = [[0, *accumulate(column)] for column in columns]

    def before(self, day: str) -> list[int]:
        return [total[bisect_left(self._days, day)] for total in self._totals]

    def through(self, day: str) -> list[int]:
        return [total[bisect_right(self._days, day)] for total in self._totals]


def _follow(opened: Pack, rows: Sequence[Row], answers: Sequence[Row]) -> None:
    """Check every ledger row's counts and fingerprint against the pack's answers; ISO days sort as text."""
    cells = {segment: _cells(segment, answers) for segment in {row["segment"] for row in rows}}
    for row in rows:
        cell = cells[row["segment"]].get(_place(row["segment"], row), _Cell([]))
        if row["measure"] == "current_state":
            found = cell.current_at(row["period_end"])
        else:
            found = cell.in_period(row["period_start"], row["period_end"])
        promoters, passives, detractors, fingerprint = found
        counted = [promoters, passives, detractors, promoters + passives + detractors, fingerprint]
        booked = [int(row[name]) for name in (*figure.COUNTS, ledger.FINGERPRINT)]
        if counted != booked:
            raise _wrong(
                opened,
                evidence.ANSWERS,
                row,
                f"counts {counted[:4]} from the answers and {booked[:4]} in the ledger"
                if counted[:4] != booked[:4]
                else "has answers that do not match the ledger's fingerprint",
            )


def _cells(segment: str, answers: Sequence[Row]) -> dict[tuple[str, ...], _Cell]:
    grouped: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for answer in answers:
        grouped[_place(segment, answer)].append(answer)
    return {place: _Cell(members) for place, members in grouped.items()}


def _place(segment: str, row: Row) -> tuple[str, ...]:
    return (row["survey_type"], row["definition_version"], *(row[name] for name in figure.split_by(segment)))


def _arithmetic(opened: Pack, figures: Sequence[Row], rows: Sequence[Row]) -> None:
    """Check that what is published of a figure follows from its counts."""
    for shown, row in zip(figures, rows, strict=True):
        promoters, passives, detractors = (int(row[name]) for name in figure.COUNTS[:3])
        low, high = figure.interval(promoters, passives, detractors)
        expected = {
            **{name: float(row[name]) for name in figure.COUNTS},
            "nps": figure.score(promoters, passives, detractors),
            "nps_low": low,
            "nps_high": high,
        }
        for name, number in expected.items():
            if shown[name] and not abs(float(shown[name]) - number) <= TOLERANCE:  # NaN fails too
                raise _wrong(
                    opened, evidence.FIGURES, row, f"shows {name} {shown[name]}, its counts give {number}"
                )


def _recounted(opened: Pack, figures: Sequence[Row]) -> None:
    again = {_key(row): row for row in read(opened, evidence.RECOUNT)}
    for shown in figures:
        other = again.get(_key(shown))
        if other is None:
            raise _wrong(opened, evidence.RECOUNT, shown, "was not recounted")
        for name, number in _differing(shown, other):
            raise _wrong(
                opened, evidence.RECOUNT, shown, f"has {name} {number}, published is {shown[name] or 'none'}"
            )


def _differing(shown: Row, other: Row) -> Iterator[tuple[str, str]]:
    for name in (*figure.COUNTS, "nps", "nps_low", "nps_high"):
        here, there = shown[name], other[name]
        if bool(here) != bool(there) or (here and not abs(float(here) - float(there)) <= TOLERANCE):
            yield name, there or "none"


def _here(books: Path, sequence: int, rows: Sequence[Row], accepted: Sequence[Row]) -> str:
    """Check that the ledger on this machine has the same publication."""
    chain = ledger.verify(books)
    if chain.sequence < sequence:
        raise PackError(
            f"the ledger in {books} ends at publication {chain.sequence}, the pack belongs to {sequence}"
        )
    booked = ledger.read(books, sequence, ["row_hash"])
    limits = [[*each.content(sequence)] for each in ledger.accepted_in(booked)]
    if limits != [list(row.values())[:-2] for row in accepted]:
        raise PackError(f"the ledger in {books} has different accepted limits in publication {sequence}")
    own = booked.column(0)
    for row in rows:
        place = int(row["position"]) - 1
        if place >= len(own) or str(own[place]) != row["row_hash"]:
            raise PackError(
                f"the ledger in {books} differs in publication {sequence} for figure {' '.join(_key(row))}"
            )
    return f"the ledger in {books} has the same publication {sequence}"


def _wrong(opened: Pack, name: str, row: Row, what: str) -> PackError:
    return PackError(f"{name} in {opened.path}: the figure {' '.join(_key(row))} {what}")
