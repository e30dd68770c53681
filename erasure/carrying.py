"""An erasure from end to end, in an order in which it can be interrupted anywhere and begun again.

1. The records are found, and a note of the request is left (keyed: it names nobody).
2. A copy of raw is made in which they have no person.
3. All other files are dropped, overwritten or named, and everything is searched, the copy too.
4. The records are remembered at the door, the vault's keys destroyed, and what was erased by an address is
   delivered as requests by response, because raw does not know the address any more.
5. The copy takes the place of the working file: until then raw has everything, and the next try finds it.
6. The receipt is written and the note removed.

Belongs here: the order. Does not belong here: each step, or what comes after (a refresh).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from erasure import door, finding, keyed, places, raw, receipts, rewriting
from erasure.keyed import ErasureError, Keyed
from erasure.persons import Found, Named, Sealed
from erasure.receipts import Receipt
from erasure.search import Searched

#: Where the requests by response are delivered, and how their files are called.
DELIVERED: Final = Path("inbox", "surveys", "erasures")
PREFIX: Final = "erased-"
_UNDER_WAY: Final = "under_way"


@dataclass(frozen=True)
class Wanted:
    """Who is to be forgotten, when that was asked for (an answer's time is before it), and by which requests
    of the file (`requests`, each a text that names it and no other)."""

    named: Named
    requested_at: datetime
    requests: tuple[str, ...] = ()
    keep_inbox: bool = False


@dataclass(frozen=True)
class Outcome:
    """What an erasure did, or would do: records by raw table, files, and the receipt of one that was done."""

    records: dict[str, int]
    texts: int
    files: dict[str, int]
    dropped: tuple[str, ...] = ()
    overwritten: tuple[str, ...] = ()
    left: dict[str, int] = field(default_factory=dict)
    receipt: Receipt | None = None


def looked_at(home: Path, wanted: Wanted, sealed: Sealed | None = None) -> Outcome:
    """What would be erased, and which files hold it now. Changes nothing."""
    found = finding.find(home / places.WAREHOUSE, wanted.named, sealed)
    held = places.holding(home, Searched(found.texts))
    files = {str(path.relative_to(home)): len(texts) for path, texts in held.items()}
    return Outcome(found.counted, len(found.texts), files)


def carry(home: Path, wanted: Wanted, ledger_head: str, sealed: Sealed | None = None) -> Outcome:
    """Erase. Nobody else may write to the state folder meanwhile, but the receiver.

    What is left somewhere is in the outcome, with its file. Raises ErasureError, OSError, duckdb.Error; then
    the same call, again, finishes it.
    """
    warehouse = home / places.WAREHOUSE
    hashes = keyed.made(home, door.has_any(home))
    receipts.kept(home)  # a broken chain is told before anything is done
    found = finding.find(warehouse, wanted.named, sealed)
    _refuse_shared_responses(warehouse, found)
    requests = tuple(hashes.of("request", each) for each in (*wanted.named.all(), *wanted.requests))
    note = _note(home, requests, hashes)
    fresh, less = raw.copied(warehouse, found, hashes)
    before = _noted(note, {"records": less.counted, "before": raw.digest(warehouse)})

    in_copy = Searched(found.texts).of_file(fresh)
    searched = Searched(found.texts - (in_copy & found.maybe_others))
    cleaned = places.clean(home, searched, wanted.keep_inbox)
    if still := in_copy - found.maybe_others:
        cleaned.left[places.WAREHOUSE] = len(still)

    door.add(home, hashes, _at_the_door(found))
    destroyed = 0
    if sealed is not None:
        records = [(*table, record) for table, ids in found.records.items() for record in ids]
        destroyed = sealed.destroy(records, found.reject_texts)
    _deliver(home, wanted, found, hashes)
    rewriting.replace(fresh, warehouse)
    receipt = receipts.add(
        home,
        erased_at=datetime.now(UTC).isoformat(timespec="seconds"),
        requests=requests,
        records=before["records"],
        destroyed=destroyed,
        before=before["before"],
        after=raw.digest(warehouse),
        searched=cleaned.searched + 1,
        texts=len(searched.texts),
        left=len(cleaned.left),
        ledger_head=ledger_head,
    )
    note.unlink()
    return Outcome(
        before["records"],
        len(searched.texts),
        {},
        tuple(cleaned.dropped),
        tuple(cleaned.overwritten),
        cleaned.left,
        receipt,
    )


def interrupted(home: Path) -> list[str]:
    """When erasures began that have not ended, in UTC."""
    notes = (home / door.FOLDER / _UNDER_WAY).glob("*.json")
    return sorted(str(json.loads(path.read_text("ascii"))["began_at"]) for path in notes)


def _note(home: Path, requests: Collection[str], hashes: Keyed) -> Path:
    """The note of this erasure, a new one or that of a try before."""
    path = home / door.FOLDER / _UNDER_WAY / f"{hashes.of('under way', *sorted(requests))}.json"
    if not path.exists():
        began_at = datetime.now(UTC).isoformat(timespec="seconds")
        places.durably(path, json.dumps({"began_at": began_at}).encode())
    return path


def _noted(note: Path, said: dict[str, Any]) -> dict[str, Any]:
    """What the note says of the state before the first try; what is said now, if it is the first that came so
    far or finds more to erase."""
    known = json.loads(note.read_text("ascii"))
    if said["records"] or "records" not in known:
        known |= said
        places.durably(note, json.dumps(known).encode())
    return dict(known)


def _at_the_door(found: Found) -> list[tuple[str, str, str]]:
    of_records = [(source, table, record) for (source, table), ids in found.records.items() for record in ids]
    return [*of_records, *found.rejects]


def _deliver(home: Path, wanted: Wanted, found: Found, hashes: Keyed) -> None:
    """Requests by response, as a file in the inbox like any other."""
    responses = sorted(each for each in found.responses if "@" not in each[1])
    if not responses:
        return
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(("erasure_id", "requested_at", "response_id", "source"))
    moment = wanted.requested_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for source, response in responses:
        writer.writerow((f"{PREFIX}{hashes.of('response', source, response)}", moment, response, source))
    name = f"{PREFIX}{hashes.of('delivered', *(':'.join(each) for each in responses))[:16]}.csv"
    if not (home / DELIVERED / name).exists():
        places.durably(home / DELIVERED / name, rows.getvalue().encode())


def _refuse_shared_responses(warehouse: Path, found: Found) -> None:
    """A response that is another person's too cannot be named alone. Raises ErasureError."""
    for source, response in finding.shared_responses(warehouse, found):
        raise ErasureError(
            f"the response {response!r} of {source} is in records of somebody else too, such as of another"
            " survey with the same ids; give the ids another form in that survey's mapping, refresh, and then"
            " erase"
        )
