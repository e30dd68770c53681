"""A person in the vault: by which tokens raw knows them, what was sealed of them, and that it is destroyed.

Whoever has no right to the vault may erase: records are destroyed without its key. What was sealed can then
not be looked for in other files, only what was named.

Belongs here: what an erasure and a request for access need of the vault. Does not belong here: sealing and
opening (`vault`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from erasure.persons import Found, Named
from orchestration.environment import Home
from vault import keys, store
from vault.store import REST, Vault


class InVault:
    """The vault of a state folder, as `erasure.persons.Sealed`. Raises VaultKeyError for lost keys."""

    def __init__(self, home: Home) -> None:
        self._vault = Vault(home.path / "vault")
        self._tokens = keys.writing(home.path).tokens
        self._private = keys.reading(home.path)

    def named(self, who: Named) -> Named:
        """The same persons, by the tokens of their addresses too."""
        return replace(who, emails=who.emails | {self._tokens.email(each) for each in who.emails})

    def own(self, found: Found) -> set[str]:
        """Texts of what was found that nobody else has."""
        theirs, others, records = set[str](), set[str](), _records(found)
        for each in self._entries({*found.texts, REST}, found):
            is_theirs = (each.source, each.table, each.record) in records
            said = json.loads(each.text).values() if each.token == REST else (each.text,)
            (theirs if is_theirs else others).update(map(str, said))
        return {each.strip() for each in theirs - others}

    def texts(self, tokens: Collection[str]) -> Mapping[str, str]:
        """What tokens stand for; nothing where the private key is not here."""
        return self._vault.open(self._private, tokens) if self._private else {}

    def meant(self, found: Found) -> dict[str, str]:
        """What the tokens of these records stand for."""
        records = _records(found)
        return {
            each.token: each.text
            for each in self._entries(None, found)
            if (each.source, each.table, each.record) in records and each.token != REST
        } | dict(self.texts(found.reject_texts))

    def destroy(self, records: Collection[tuple[str, str, str]], tokens: Collection[str]) -> int:
        """Destroy what was sealed of records, and tokens; how many entries."""
        return self._vault.destroy(records, tokens)

    def _entries(self, tokens: Collection[str] | None, found: Found) -> Iterator[store.Found]:
        if self._private is not None:
            yield from self._vault.entries(self._private, tokens, {source for source, _ in found.records})


def _records(found: Found) -> set[tuple[str, str, str]]:
    return {(*table, record) for table, records in found.records.items() for record in records}
