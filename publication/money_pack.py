"""The files of an evidence pack of money.

Belongs here: arranging the evidence. Does not belong here: collecting it (`money_evidence`), checking a pack
(`money_proof`), the container (`pack`).
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from publication import hashing, ledger, money_ledger
from publication.evidence import (
    CHAIN,
    FIGURES,
    PUBLICATION,
    README,
    RECOUNT,
    ROWS,
    Table,
    as_csv,
    only,
    shipped,
)
from publication.money_evidence import MoneyEvidence

BEHIND = "behind.csv"
BILLED = "billed.csv"
RESTATED = "restated.csv"
#: What a link of the chain is.
MONEY, ACCEPTED, SCORE = "figure of money", "accepted limit", "score"


def files(
    found: MoneyEvidence, version: Path, table: str, money: pa.Table, scores: pa.Table, recounted: Table
) -> dict[str, bytes]:
    """The files of a pack of these figures, published in the folder `version`; `money` and `scores` are the
    publication's ledger rows, `recounted` the table as the recount has it."""
    return {
        README: _README.encode("utf-8"),
        PUBLICATION: (version / "manifest.json").read_bytes(),
        BEHIND: as_csv(found.rows),
        BILLED: as_csv(found.billed),
        RESTATED: as_csv(found.restated),
        RECOUNT: as_csv(_of(found, recounted)),
        **_chain(found, table, money, scores),
        **shipped(version),
    }


def _of(found: MoneyEvidence, recounted: Table) -> Table:
    """The recounted rows of these figures."""
    wanted = {*map(_as_text, only(found.figures, found.key))}
    keys = only(recounted, found.key)
    rows = [row for key, row in zip(keys, recounted.rows, strict=True) if _as_text(key) in wanted]
    return Table(recounted.columns, rows)


def _as_text(values: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(map(str, values))


def _chain(found: MoneyEvidence, table: str, money: pa.Table, scores: pa.Table) -> dict[str, bytes]:
    """The figures' ledger rows in full; from the first of them on, only the content hash of every link."""
    keys = {_as_text(key) for key in only(found.figures, found.key)}
    listed = list(zip(*(pc.cast(money.column(name), pa.string()).to_pylist() for name in _ROW), strict=True))
    places = dict(zip(_ROW, range(len(_ROW)), strict=True))
    wanted = [
        at
        for at, row in enumerate(listed)
        if row[places["table_name"]] == table
        and tuple(json.loads(row[places["figure"]])[name] for name in found.key) in keys
    ]
    sequence = int(listed[0][places["sequence"]])
    figures = [
        json.loads(listed[at][places["figure"]]) | json.loads(listed[at][places["published"]])
        for at in wanted
    ]
    links = [(MONEY, hashing.content_hash(row[: len(money_ledger.CONTENT)])) for row in listed]
    links += [(ACCEPTED, hashing.content_hash(each.content(sequence))) for each in ledger.accepted_in(scores)]
    links += [(SCORE, digest) for digest in ledger.content_hashes(scores)]
    after = [(at + 1, *links[at]) for at in range(wanted[0], len(links))]
    return {
        FIGURES: as_csv(Table(tuple(figures[0]), [tuple(row.values()) for row in figures])),
        ROWS: as_csv(Table(("position", *_ROW), [(str(at + 1), *listed[at]) for at in wanted])),
        CHAIN: as_csv(Table(("position", "link", "content_hash"), after)),
    }


_ROW = money_ledger.COLUMNS
_README = """Evidence for published figures of money.

manifest.json       SHA-256 of every other file
publication.json    the publication's own manifest
head.json           the record of its head: sequence, ledger_head, SHA-256 of publication.json
head.sig            its signature (Ed25519), if the company signs
figures.csv         the figures as published
behind.csv          the rows behind each of them: account, its part in the figure, the day it is looked at,
                    what it paid then, and the content that the ledger's fingerprint is made of. Accounts
                    have the company's own keys: a pack is for auditors, not for a dashboard
billed.csv          the lines of billing of these accounts: what each is worth a month, from when to when
restated.csv        where publications have changed these figures: what was published, what is, and the cause
recount.csv         the same figures, counted again from the vendors' documents by a second implementation
ledger/rows.csv     the figures' rows in the ledger
ledger/chain.csv    content hashes from the first of those rows to the publication's last: the proof that they
                    end in ledger_head of publication.json
records/            how they were made: compiled SQL, dbt's manifest and results, the guard's results
documents/          the semantic layer's document

Verify it with `nps audit verify <this pack> --key acme.pub`, with the company's public key from somebody
you trust; no warehouse is needed. By hand: `openssl pkeyutl -verify -rawin -pubin -inkey acme.pub -in
head.json -sigfile head.sig` checks the signature. A row's content is the JSON
array of its columns sequence to fingerprint as text, content_hash = SHA-256 of it, row_hash = SHA-256 of the
previous row_hash followed by content_hash. A fingerprint is the sum, over the rows behind a figure, of the
last eight bytes of the MD5 of `part|content`, read as a number whose lowest byte comes first.
"""
