"""The sealed files: what each token of a record stands for, readable with the private key only.

    vault/<source>/<table>/<moment>.parquet      one row per token of a record; only destroying changes it
        record, token       what it belongs to
        day                 since when it is kept, for retention: the record's own day, else that of sealing
        ephemeral           the public half of the key pair made for this file, which is then forgotten
        salt                32 random bytes; with the secret that both pairs share they make the row's own key
        sealed              the text under that key (AES-256-GCM), tied to source, table, record and token

The shared secret (X25519, RFC 7748) is worked out once a file, so that a row costs a hash and a cipher. A row
without its salt has no key, whoever has the private one: destroying a row is rewriting its file without it.
Rows may repeat, as when a load was killed after it sealed: that changes nothing in what is read or destroyed.

Belongs here: sealing, opening, destroying. Does not belong here: keys (`keys`), tokens (`tokens`).
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FIELDS: list[Any] = [
    pa.field("record", pa.string(), False),
    pa.field("token", pa.string(), False),
    pa.field("day", pa.date32(), False),
    pa.field("ephemeral", pa.binary(32), False),
    pa.field("salt", pa.binary(32), False),
    pa.field("sealed", pa.binary(), False),
]
_SCHEMA = pa.schema(_FIELDS)
_PLAIN_NONCE = bytes(12)  # each key seals one text
_PART = ".tmp"
#: In place of a token: all that no column reads of a record, as a JSON object, token → text.
REST = "rest"
#: What a token holds, as retention tells kinds apart; `REST` may be of any.
Held = Literal["texts", "addresses", "others", "rest"]
#: More files of a table are made one.
_MOST_FILES = 64


class Entry(NamedTuple):
    """A token of a record, the text that it stands for, and the record's own day, if it has one."""

    record: str
    token: str
    text: str
    day: date | None = None


class Found(NamedTuple):
    """An entry of the vault, opened."""

    source: str
    table: str
    record: str
    token: str
    text: str


class WrongKeyError(Exception):
    """The private key is not the one of the public key that sealed, or a file was changed."""


@dataclass(frozen=True)
class Vault:
    """The vault of a state folder: `Vault(home / "vault")`."""

    folder: Path

    def seal(self, source: str, table: str, entries: Iterable[Entry], public: X25519PublicKey) -> int:
        """Append entries, durably before it returns; how many were sealed."""
        unique = list(dict.fromkeys(entries))
        if not unique:
            return 0
        today = datetime.now(UTC).date()
        own = X25519PrivateKey.generate()
        ephemeral = own.public_key().public_bytes_raw()
        secret = _secret(own.exchange(public), ephemeral)
        salts = [secrets.token_bytes(32) for _ in unique]
        sealed = [
            AESGCM(_key(secret, salt)).encrypt(
                _PLAIN_NONCE,
                entry.text.encode("utf-8", "surrogatepass"),
                _tie(source, table, entry.record, entry.token),
            )
            for entry, salt in zip(unique, salts, strict=True)
        ]
        columns: list[Any] = [
            [entry.record for entry in unique],
            [entry.token for entry in unique],
            [min(entry.day or today, today) for entry in unique],
            [ephemeral] * len(unique),
            salts,
            sealed,
        ]
        place = self.folder / source / table
        with self._locked(fcntl.LOCK_SH):
            self._write(place / _name(), pa.table(columns, schema=_SCHEMA))
            is_full = len(list(place.glob("*.parquet"))) > _MOST_FILES
        if is_full:
            self._join(place)
        return len(unique)

    def open(
        self,
        private: X25519PrivateKey,
        tokens: Collection[str] | None = None,
        sources: Collection[str] | None = None,
    ) -> dict[str, str]:
        """What tokens stand for, of all or of some sources; a token that stands for nothing is left out."""
        return {found.token: found.text for found in self.entries(private, tokens, sources)}

    def entries(
        self,
        private: X25519PrivateKey,
        tokens: Collection[str] | None = None,
        sources: Collection[str] | None = None,
    ) -> Iterator[Found]:
        """The entries, opened. Raises WrongKeyError, also for a file that somebody changed."""
        known: dict[bytes, bytes] = {}
        wanted = None if tokens is None else pa.array(sorted(set(tokens)), pa.string())
        for path in self._files():
            source, table = path.parent.parent.name, path.parent.name
            if sources is not None and source not in sources:
                continue
            rows = pq.read_table(path, schema=_SCHEMA)
            if wanted is not None:
                rows = rows.filter(pc.is_in(rows["token"], value_set=wanted))
            columns = (rows[name].to_pylist() for name in _SCHEMA.names if name != "day")
            for record, token, ephemeral, salt, sealed in zip(*columns, strict=True):
                if ephemeral not in known:
                    shared = private.exchange(X25519PublicKey.from_public_bytes(ephemeral))
                    known[ephemeral] = _secret(shared, ephemeral)
                key = _key(known[ephemeral], salt)
                try:
                    text = AESGCM(key).decrypt(_PLAIN_NONCE, sealed, _tie(source, table, record, token))
                except InvalidTag as error:
                    raise WrongKeyError(
                        f"{path} does not open with this key: it was sealed to another, or was changed"
                    ) from error
                yield Found(source, table, record, token, text.decode("utf-8", "surrogatepass"))

    def records(self, tokens: Collection[str]) -> set[tuple[str, str, str]]:
        """Source, table and record of everything that has one of the tokens; needs no key."""
        wanted = pa.array(sorted(set(tokens)), pa.string())
        found: set[tuple[str, str, str]] = set()
        for path in self._files():
            rows = pq.read_table(path, columns=["record", "token"])
            having: list[Any] = rows.filter(pc.is_in(rows["token"], value_set=wanted))["record"].to_pylist()
            found |= {(path.parent.parent.name, path.parent.name, record) for record in having}
        return found

    def destroy(self, records: Collection[tuple[str, str, str]] = (), tokens: Collection[str] = ()) -> int:
        """Destroy the keys and texts of records (source, table, record) and of tokens, wherever they are; how
        many entries. Needs no key. What a crash leaves undone is done by calling it again."""
        by_place: dict[tuple[str, str], list[str]] = {}
        for source, table, record in records:
            by_place.setdefault((source, table), []).append(record)
        of_tokens = pa.array(sorted(set(tokens)), pa.string())

        def goes(path: Path, rows: pa.Table) -> Any:
            own = pa.array(by_place.get((path.parent.parent.name, path.parent.name), []), pa.string())
            return pc.or_(
                pc.is_in(rows["record"], value_set=own), pc.is_in(rows["token"], value_set=of_tokens)
            )

        return self._without(goes)

    def expired(self, since: Mapping[Held, date]) -> int:
        """How many entries are of before the first day that is kept of their kind. Needs no key."""
        return sum(
            pc.sum(_before(pq.read_table(path, columns=["token", "day"]), since)).as_py() or 0
            for path in self._files()
        )

    def expire(self, since: Mapping[Held, date]) -> int:
        """Destroy these, as `destroy` does; how many."""
        return self._without(lambda _, rows: _before(rows, since))

    def _without(self, goes: Callable[[Path, pa.Table], Any]) -> int:
        """Rewrite each file without the rows that go; how many went."""
        destroyed = 0
        with self._locked(fcntl.LOCK_EX):
            for path in self._files():
                rows = pq.read_table(path, schema=_SCHEMA)
                stays = rows.filter(pc.invert(goes(path, rows)))
                if stays.num_rows == rows.num_rows:
                    continue
                if stays.num_rows:
                    self._write(path, stays)
                else:
                    path.unlink()
                    _sync(path.parent)
                destroyed += rows.num_rows - stays.num_rows
        return destroyed

    def _join(self, place: Path) -> None:
        """Make the files of a table one; a crash leaves rows that repeat."""
        with self._locked(fcntl.LOCK_EX):
            files = sorted(place.glob("*.parquet"))
            rows = pa.concat_tables([pq.read_table(path, schema=_SCHEMA) for path in files])
            self._write(place / _name(), _once(rows))
            for path in files:
                path.unlink()
            _sync(place)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*/*/*.parquet"))

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Beside others that add, or alone: then what a crash left half-written goes, too."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, how)
            if how == fcntl.LOCK_EX:
                for part in self.folder.glob(f"*/*/*{_PART}"):
                    part.unlink()
            yield
        finally:
            os.close(file)

    def _write(self, path: Path, rows: pa.Table) -> None:
        """A file, whole or not at all, whatever it replaces."""
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_PART}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            pq.write_table(rows, file, compression="none")
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        _sync(path.parent)


def _before(rows: pa.Table, since: Mapping[Held, date]) -> Any:
    """Which rows are of a kind that is not kept since their day; a kind without a first day is kept."""
    token: Any = rows["token"]
    is_text, is_other = pc.starts_with(token, "t:"), pc.starts_with(token, "p:")
    kind: Any = pc.case_when(
        pc.make_struct(pc.equal(token, pa.scalar(REST)), is_text, is_other),
        "rest",
        "texts",
        "others",
        "addresses",
    )
    goes = pa.array([False] * rows.num_rows)
    for held, first in since.items():
        is_late = pc.and_(
            pc.equal(kind, pa.scalar(held)), pc.less(rows["day"], pa.scalar(first, pa.date32()))
        )
        goes = pc.or_(goes, is_late)
    return goes


def _name() -> str:
    return f"{time.time_ns():020d}-{secrets.token_hex(4)}.parquet"


def _once(rows: pa.Table) -> pa.Table:
    """The last row of each token of a record."""
    numbered = rows.append_column("at", pa.array(range(rows.num_rows), pa.int64()))
    last = numbered.group_by(["record", "token"]).aggregate([("at", "max")])["at_max"]
    return rows.take(last)


def _secret(shared: bytes, ephemeral: bytes) -> bytes:
    """The file's secret of what both key pairs share (extract step of HKDF, RFC 5869)."""
    return hmac.digest(b"nps vault 1" + ephemeral, shared, "sha256")


def _key(secret: bytes, salt: bytes) -> bytes:
    """The key of a row (BLAKE2b with a key, RFC 7693)."""
    return hashlib.blake2b(salt, key=secret, digest_size=32).digest()


def _tie(*parts: str) -> bytes:
    return "\0".join(parts).encode("utf-8", "surrogatepass")


def _sync(folder: Path) -> None:
    """Make a change of names in a folder durable."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
