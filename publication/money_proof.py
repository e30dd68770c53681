"""Checks whether a pack proves its figures of money, from the pack alone, in plain Python.

The ledger's chain from the figures to the publication's head, the fingerprints and whatever counts and sums
give from the rows behind them, and what accounts paid from the lines of billing, are calculated again. The
second implementation's recount is compared with what is published; what was restated must have ended in it.

Belongs here: these checks and their errors. Does not belong here: the pack's own hashes (`pack`), or making a
pack (`money_pack`).
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isclose
from pathlib import Path
from typing import Any

from publication import hashing, ledger, money_ledger
from publication.acceptance import Acceptance
from publication.evidence import CHAIN, FIGURES, PUBLICATION, RECOUNT, ROWS
from publication.money_pack import ACCEPTED, BEHIND, BILLED, MONEY, RESTATED, SCORE
from publication.money_sums import SUMS
from publication.pack import Pack, PackError
from publication.proving import TOLERANCE, Proof, Row, numbered, publication, read

_MILLIONTH = Decimal("0.000001")


def proved(opened: Pack, books: Path | None) -> Proof:
    """What a pack proves; with `books` also that the ledger there has the same rows. Raises PackError."""
    said, rows = publication(opened), read(opened, ROWS)
    figures = {_key(row): json.loads(row["figure"]) for row in rows}
    links = _chained(opened, rows, said)
    _as_booked(opened, rows, figures)
    behind = _behind(opened, rows, figures)
    looks, lines = _documented(opened)
    checks = [
        f"every byte of {len(opened.files)} files is as written",
        f"{numbered(rows)} in a chain of {links:,} ledger links up to the publication's head",
        *_accepted(opened, said),
        f"counts, sums and fingerprints follow from {behind:,} rows behind",
    ]
    if looks:
        checks.append(f"what accounts paid at {looks:,} looks follows from {lines:,} lines of billing")
    _recounted(opened, rows, figures)
    checks.append("the recount from the vendors' documents agrees")
    checks += _restated(opened, rows, said)
    sequence = int(said["sequence"])
    if books is not None:
        own = ledger.money(books, sequence, ["row_hash"]).column(0).to_pylist()
        for row in rows:
            place = int(row["position"]) - 1
            if place >= len(own) or own[place] != row["row_hash"]:
                raise PackError(f"the ledger in {books} differs in publication {sequence} for {_key(row)}")
        checks.append(f"the ledger in {books} has the same publication {sequence}")
    return Proof(tuple(checks), (), len(rows), sequence, said["ledger_head"])


def _key(row: Row) -> str:
    return f"{row['table_name']} {row['figure']}"


def _wrong(opened: Pack, name: str, figure: str, what: str) -> PackError:
    return PackError(f"{name} in {opened.path}: the figure {figure} {what}")


def _chained(opened: Pack, rows: Sequence[Row], said: Mapping[str, Any]) -> int:
    """Follow the chain from the first figure's row to the publication's last; how many links it has."""
    chain = read(opened, CHAIN)
    wanted = {int(row["position"]): row for row in rows}
    if not rows or [int(link["position"]) for link in chain] != list(
        range(min(wanted), min(wanted) + len(chain))
    ):
        raise PackError(f"{CHAIN} in {opened.path} lacks rows")
    head = rows[0]["previous_hash"]
    for link in chain:
        row = wanted.pop(int(link["position"]), None)
        if row is not None and (
            (row["sequence"], row["as_of"]) != (said["sequence"], said["as_of"])
            or (row["previous_hash"], MONEY) != (head, link["link"])
            or link["content_hash"] != hashing.content_hash(row[name] for name in money_ledger.CONTENT)
        ):
            raise _wrong(opened, ROWS, _key(row), "does not follow from the rows before it")
        head = hashing.row_hash(head, link["content_hash"])
        if row is not None and row["row_hash"] != head:
            raise _wrong(opened, ROWS, _key(row), "has a hash that does not match its content")
    if wanted or head != said["ledger_head"]:
        raise PackError(
            f"{CHAIN} in {opened.path} ends in {head}, the publication's ledger_head is {said['ledger_head']}"
        )
    return len(chain)


def _accepted(opened: Pack, said: Mapping[str, Any]) -> list[str]:
    """The limits accepted for the publication, which are links between money and scores."""
    given = [Acceptance(**each) for each in said.get("accepted", ())]
    kinds = [MONEY, ACCEPTED, SCORE]
    chain = read(opened, CHAIN)
    links = [link["content_hash"] for link in chain if link["link"] == ACCEPTED]
    order = [kinds.index(link["link"]) for link in chain]
    sequence = int(said["sequence"])
    if order != sorted(order) or links != [hashing.content_hash(each.content(sequence)) for each in given]:
        raise PackError(f"{CHAIN} and {PUBLICATION} in {opened.path} name different accepted limits")
    return [
        f"{each.limit} of {each.subject} was accepted by {each.accepted_by} at {each.accepted_at}:"
        f" {each.reason}"
        for each in given
    ]


def _as_booked(opened: Pack, rows: Sequence[Row], figures: Mapping[str, Mapping[str, str]]) -> None:
    """Check that the figures are those of the ledger, value for value and in its order."""
    shown = read(opened, FIGURES)
    if len(shown) != len(rows):
        raise PackError(f"{FIGURES} and {ROWS} in {opened.path} do not have the same figures")
    for row, values in zip(rows, shown, strict=True):
        booked: dict[str, str | None] = {**figures[_key(row)], **json.loads(row["published"])}
        if values != {name: value or "" for name, value in booked.items()}:
            raise _wrong(opened, FIGURES, _key(row), f"is not what {ROWS} has")


def _behind(opened: Pack, rows: Sequence[Row], figures: Mapping[str, Mapping[str, str]]) -> int:
    """Check fingerprints, counts and sums against the rows behind the figures; how many rows there are."""
    behind: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    names = tuple(next(iter(figures.values())))
    found = read(opened, BEHIND)
    for line in found:
        behind[tuple(line[name] for name in names)].append(line)
    for row in rows:
        figure = figures[_key(row)]
        own = behind.pop(tuple(figure[name] for name in names), [])
        if sum(_print(f"{each['part']}|{each['content']}") for each in own) != int(row["fingerprint"]):
            raise _wrong(opened, BEHIND, _key(row), "has rows that do not match the ledger's fingerprint")
        published = json.loads(row["published"])
        for each in SUMS[row["table_name"]]:
            shown = published.get(each.column)
            if shown is not None and abs(Decimal(shown) - each.over(own)) > _MILLIONTH:
                raise _wrong(
                    opened, BEHIND, _key(row), f"shows {each.column} {shown}, its rows give {each.over(own)}"
                )
    if behind:
        raise PackError(
            f"{BEHIND} in {opened.path} has rows of another figure: {' '.join(next(iter(behind)))}"
        )
    return len(found)


def _print(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little")


def _documented(opened: Pack) -> tuple[int, int]:
    """Check that what accounts paid is what their lines in force are worth; looks, and lines."""
    lines: dict[str, list[Row]] = defaultdict(list)
    billed = read(opened, BILLED)
    for line in billed:
        lines[line["account_key"]].append(line)
    looks = {
        (row["account_key"], row["looked_on"], row["paid"]) for row in read(opened, BEHIND) if row["paid"]
    }
    for account, day, paid in sorted(looks):
        at = f"{day} 00:00:00"
        worth = sum(
            Decimal(line["monthly_amount"])
            for line in lines[account]
            if line["recurring_from"] < at <= line["recurring_to"]
        )
        if abs(worth - Decimal(paid)) > _MILLIONTH:
            raise PackError(
                f"{BILLED} in {opened.path}: account {account} pays {paid} on {day}, its lines are worth"
                f" {worth}"
            )
    return len(looks), len(billed)


def _recounted(opened: Pack, rows: Sequence[Row], figures: Mapping[str, Mapping[str, str]]) -> None:
    names = tuple(next(iter(figures.values())))
    again = {tuple(row[name] for name in names): row for row in read(opened, RECOUNT)}
    for row in rows:
        other = again.get(tuple(figures[_key(row)].values()))
        if other is None:
            raise _wrong(opened, RECOUNT, _key(row), "was not recounted")
        for name, shown in json.loads(row["published"]).items():
            if name in other and not _alike(shown or "", other[name]):
                raise _wrong(
                    opened,
                    RECOUNT,
                    _key(row),
                    f"has {name} {other[name] or 'none'}, published is {shown or 'none'}",
                )


def _alike(here: str, there: str) -> bool:
    if here.lower() == there.lower():  # engine and Python write true and false in two ways
        return True
    try:
        return isclose(float(here), float(there), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    except ValueError:
        return False


def _restated(opened: Pack, rows: Sequence[Row], said: Mapping[str, Any]) -> list[str]:
    """The restatements of the figures in words; those of this publication ended in what is published."""
    figures = {row["figure"]: row for row in rows}
    told = []
    for each in read(opened, RESTATED):
        row = figures.get(each["figure"])
        if row is None or row["table_name"] != each["table_name"]:
            raise PackError(f"{RESTATED} in {opened.path} names another figure: {each['figure']}")
        if each["sequence"] == said["sequence"] and each["published"] != row["published"]:
            raise _wrong(opened, RESTATED, _key(row), "was restated to something else than is published")
        told.append(
            f"{_key(row)} was restated by publication {each['sequence']}: {each['cause']}"
            f" ({each['accounts']} accounts)"
        )
    return told
