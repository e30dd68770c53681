"""Which records of raw are a person's, and what there is to look for afterwards.

A person is named as in docs/decisions/0011: by a response, a contact or an e-mail address. A contact has the
records of all contacts that were merged with it, those that an invitation to it led to, and those with an
address that no other contact has. An address has the records that contain it. Every version of a record is
looked at.

What is looked for are the texts of those records: addresses, names, comments, phones, devices. A text that
another person's record has too, such as a comment of two words, proves nothing and is left out.

Belongs here: finding, in a working file that is only read. Does not belong here: what is
done (`carrying.py`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import duckdb
import orjson
import pyarrow as pa

from erasure import redaction
from erasure.door import text_hash
from erasure.persons import QUARANTINE, Found, Named, Sealed
from erasure.search import SHORTEST, Searched

#: Keys of a payload whose texts say who somebody is.
_TELLING: Final = re.compile(r"name|phone|mobile|mail|address|device|ip$|^ip", re.IGNORECASE)
_SCHEMAS: Final = "table_schema like 'raw\\_%' escape '\\' and not starts_with(table_name, '_dlt')"


def find(warehouse: Path, named: Named, sealed: Sealed | None = None) -> Found:
    """All that raw has of them. Raises duckdb.Error."""
    who = named if sealed is None else sealed.named(named)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return _Finding(connection, who, sealed).found()


def shared_responses(warehouse: Path, found: Found) -> list[tuple[str, str]]:
    """Responses that are also in records that were not found, by source. Raises duckdb.Error."""
    shared: list[tuple[str, str]] = []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for (source, table), records in found.records.items():
            responses = sorted(response for of, response in found.responses if of == source)
            if table not in ("responses", "surveys_responses"):
                continue
            connection.register("theirs", pa.table({"id": pa.array(sorted(records), pa.string())}))
            connection.register("named", pa.table({"id": pa.array(responses, pa.string())}))
            shared += [
                (source, response)
                for (response,) in connection.execute(
                    f"select distinct response_id from raw_{source}.{table}"
                    " where response_id in (from named) and record_id not in (from theirs) order by 1"
                ).fetchall()
            ]
    return shared


class _Finding:
    def __init__(self, connection: duckdb.DuckDBPyConnection, named: Named, sealed: Sealed | None) -> None:
        self._db, self._named, self._sealed = connection, named, sealed
        connection.create_function("whole_id", _whole, ["VARCHAR"], "VARCHAR")
        self._columns: dict[tuple[str, str], set[str]] = defaultdict(set)
        for schema, table, column in connection.execute(
            f"select table_schema, table_name, column_name from information_schema.columns where {_SCHEMAS}"
        ).fetchall():
            self._columns[schema.removeprefix("raw_"), table].add(column)

    def found(self) -> Found:
        made = Found()
        contacts = self._merged(_ids(self._named.contacts))
        self._set("contacts", contacts)
        own = self._own_addresses()
        self._set("addresses", {each.strip().lower() for each in self._named.emails} | own)
        self._set("responses", {each.strip().lower() for each in self._named.responses})
        self._set("persons", {each.strip().lower() for each in self._named.persons})
        self._set("invitations", self._of_invitations())
        for (source, table), columns in self._columns.items():
            if table == QUARANTINE or "record_id" not in columns:
                continue
            if where := self._where(table, columns):
                found = self._db.execute(
                    f"select distinct record_id from raw_{source}.{table} where {where}"
                ).fetchall()
                if found:
                    made.records[source, table] |= {record for (record,) in found}
        self._add_tickets(made)
        self._add_texts(made)
        made.texts |= {each.strip() for each in self._named.emails}
        if self._sealed is not None:
            made.texts |= {*self._sealed.own(made)}
        self._add_quarantined(made)
        return made

    def _where(self, table: str, columns: set[str]) -> str:
        """The condition under which a row is theirs."""
        found = []
        if "contact_id" in columns:
            found.append(_is_among("contact_id", "contacts"))
        for column in ("email", "respondent_email"):
            if column in columns and table != "users":
                found.append(f"lower(trim({column})) in (from addresses)")
        if "response_id" in columns:
            found.append("lower(trim(response_id)) in (from responses)")
        if "person_id" in columns:
            found.append("lower(trim(person_id)) in (from persons)")
        if "invitation_id" in columns and {"respondent_email", "score"} & columns:
            found.append("lower(trim(invitation_id)) in (from invitations)")
        return " or ".join(found)

    def _merged(self, contacts: set[str]) -> set[str]:
        """With those that they became, and those that became the same."""
        became: dict[str, str] = {}
        for (source, table), columns in self._columns.items():
            if {"contact_id", "merged_into_id"} <= columns:
                latest = "(version_at, _dlt_load_id, position)"
                for contact, other in self._db.execute(
                    f"select lower(trim(contact_id)), lower(trim(arg_max(merged_into_id, {latest})))"
                    f" from raw_{source}.{table} group by contact_id"
                    f" having arg_max(merged_into_id, {latest}) <> ''"
                ).fetchall():
                    became[contact] = other
        beside: dict[str, set[str]] = defaultdict(set)
        for one, other in became.items():
            beside[one].add(other)
            beside[other].add(one)
        waiting, seen = [*contacts], set(contacts)
        while waiting:
            fresh = beside[waiting.pop()] - seen
            seen |= fresh
            waiting += fresh
        return seen

    def _own_addresses(self) -> set[str]:
        """Addresses that these contacts have or had, and no other contact has."""
        own: set[str] = set()
        others: set[str] = set()
        for (source, table), columns in self._columns.items():
            if {"contact_id", "email"} <= columns and table in redaction.NAMED:
                is_theirs = _is_among("contact_id", "contacts")
                for (email,) in self._db.execute(
                    f"select distinct lower(trim(email)) from raw_{source}.{table}"
                    f" where {is_theirs} and contains(email, '@')"
                ).fetchall():
                    own.add(email)
                self._set("own", own)
                others |= {
                    email
                    for (email,) in self._db.execute(
                        f"select distinct lower(trim(email)) from raw_{source}.{table}"
                        f" where lower(trim(email)) in (from own) and not coalesce(({is_theirs}), false)"
                    ).fetchall()
                }
        return own - others

    def _of_invitations(self) -> set[str]:
        found: set[str] = set()
        for (source, table), columns in self._columns.items():
            if {"invitation_id", "contact_id"} <= columns and "score" not in columns:
                found |= {
                    invitation
                    for (invitation,) in self._db.execute(
                        f"select distinct lower(trim(invitation_id)) from raw_{source}.{table}"
                        f" where {_is_among('contact_id', 'contacts')}"
                    ).fetchall()
                }
        return found

    def _add_tickets(self, made: Found) -> None:
        """What was written under a requester who is theirs."""
        for (source, table), columns in self._columns.items():
            requesters = made.records.get((source, "requesters"))
            if requesters and table != "requesters" and "requester_id" in columns:
                self._set("requesters", requesters)
                made.records[source, table] |= {
                    record
                    for (record,) in self._db.execute(
                        f"select distinct record_id from raw_{source}.{table}"
                        " where requester_id in (from requesters)"
                    ).fetchall()
                }

    def _add_texts(self, made: Found) -> None:
        """What the records say of their person, unless the record of another says it too."""
        by_column: set[str] = set()
        for (source, table), records in made.records.items():
            columns = self._columns[source, table]
            personal = sorted(name for name in columns if redaction.is_personal(table, name))
            self._set("theirs", records)
            picked = ", ".join(["payload", *personal, *(["response_id"] if "response_id" in columns else [])])
            rows = self._db.execute(
                f"select {picked} from raw_{source}.{table} where record_id in (from theirs)"
            ).to_arrow_table()
            for row in rows.to_pylist():
                by_column |= {str(row[name]).strip() for name in personal if row[name]}
                if row.get("comment"):
                    made.comments.add(row["comment"])
                if "score" in columns:
                    made.responses.add((source, row["response_id"]))
                if not redaction.is_redacted(row["payload"]):
                    made.maybe_others |= set(_telling(row["payload"]))
        texts = {each for each in by_column if len(each) >= SHORTEST}
        self._set("texts", texts)
        for (source, table), columns in self._columns.items():
            self._set("theirs", made.records.get((source, table), set()))
            for name in sorted(columns & redaction.PERSONAL | ({"name"} & columns)):
                texts -= {
                    text
                    for (text,) in self._db.execute(
                        f"select distinct trim({name}) from raw_{source}.{table}"
                        f" where trim({name}) in (from texts) and record_id not in (from theirs)"
                    ).fetchall()
                }
        made.maybe_others = {each for each in made.maybe_others if len(each) >= SHORTEST} - by_column
        made.texts = texts | made.maybe_others

    def _add_quarantined(self, made: Found) -> None:
        looked_for = Searched(made.texts - made.maybe_others)
        for source, table in self._columns:
            if table != QUARANTINE:
                continue
            rows = self._db.execute(
                "select table_name, origin, original_hash, record_id, original_text"
                f" from raw_{source}.{QUARANTINE}"
            ).fetchall()
            meant = self._sealed.texts([row[-1] for row in rows]) if self._sealed and rows else {}
            for of, origin, digest, record, text in rows:
                of_record = record is not None and record in made.records.get((source, of), ())
                if of_record or looked_for.hits(meant.get(text, text).encode("utf-8", "surrogatepass")):
                    made.reject_texts.add(text)
                    made.quarantined[source].add((of, origin, digest))
                    made.rejects |= {(source, of, digest), (source, of, text_hash(text))}

    def _set(self, name: str, values: Collection[str]) -> None:
        """A set that queries may look into."""
        rows = pa.table({"value": pa.array(sorted(values), pa.string())})
        self._db.register(f"given_{name}", rows)
        self._db.execute(f"create or replace temp table {name} as select * from given_{name}")
        self._db.unregister(f"given_{name}")


_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def _ids(names: Iterable[str]) -> set[str]:
    return {_whole(name) for name in names}


def _whole(text: str) -> str:
    """An id as it is compared. CRMs write some of 15 characters, whose case matters, also as 18: three more,
    each of which says which of five are capital letters."""
    bare = text.strip()
    if len(bare) == 15 and bare.isascii() and bare.isalnum() and bare[:3] in ("001", "003"):
        parts = (bare[at : at + 5] for at in (0, 5, 10))
        bare += "".join(_LETTERS[sum(each.isupper() << at for at, each in enumerate(part))] for part in parts)
    return bare.lower()


def _is_among(column: str, names: str) -> str:
    """Whether an id is in a set."""
    return (
        f"case when length(trim({column})) = 15 then whole_id({column}) else lower(trim({column})) end"
        f" in (from {names})"
    )


def _telling(payload: str) -> Iterator[str]:
    """Texts of a payload that stand under a key that says who somebody is."""
    try:
        waiting: list[Any] = [orjson.loads(payload)]
    except orjson.JSONDecodeError:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for name, each in value.items():
                if isinstance(each, str) and _TELLING.search(name):
                    yield each.strip()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
