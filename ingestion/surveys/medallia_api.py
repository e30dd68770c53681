"""Medallia's Query API: one GraphQL endpoint behind a token that expires.

Endpoints: `POST <token_url>` (OAuth2 client credentials, the client as Basic authentication) and `POST
/data/v0/query` with `{"query": …}`. Medallia reports most of its errors in `errors` of an answer with
status 200. Such an answer is asked for again, like one that is cut off; what comes beside errors is never
loaded. A field that does not exist and a query that costs too much are not asked for again.

Belongs here: queries, pages, the token, errors. Does not belong here: what is made of the records
(`medallia.py`).
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ingestion import warehouse
from ingestion.arrow import dig
from ingestion.counting import counted_page
from ingestion.errors import ConfigurationError, RefusedError, SourceError
from ingestion.http import VendorClient, parsed
from ingestion.pages import Page
from ingestion.paging import Following, pages

NAME: Final = "medallia"
#: The standard field of a response's number, which never changes.
RESPONSE: Final = "a_surveyid"
_QUERY: Final = "/data/v0/query"
_LARGEST_PAGE: Final = 1_000
_READINGS: Final = 5
_FIELD_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
_UNKNOWN_FIELD: Final = "Invalid field id"


class QueryApi:
    """The API behind a token, which is fetched when it is first needed."""

    def __init__(self) -> None:
        token_url, base_url, client_id, secret = (
            warehouse.required_setting(NAME, key)
            for key in ("token_url", "base_url", "client_id", "client_secret")
        )
        basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._login = VendorClient(NAME, token_url, lambda: {"Authorization": f"Basic {basic}"})
        self._token = ""
        self._client = VendorClient(NAME, base_url, self._headers, self._renew, reset="X-RateLimit-Reset")
        self._page_size = int(warehouse.setting(NAME, "page_size", _LARGEST_PAGE))
        self._described: dict[str, tuple[bytes, Any]] = {}

    def described(self, wanted: Iterable[str]) -> Mapping[str, tuple[bytes, Any]]:
        """Field → its description as text and as read. `ConfigurationError` names fields that are not there
        or not shown to the role of this client: their values would look like missing answers."""
        asked = sorted({*wanted} - self._described.keys())
        if asked:
            _refuse_unlike_names(asked)
            arguments = f"ids: {json.dumps(asked)}, first: {len(asked)}"
            query = (
                f"query fields {{ fields({arguments}) "
                "{ nodes { id name dataType valueType filterable "
                "... on EnumField { options { id name } } } } }"
            )
            page = self._posted(query, "data", "fields", "nodes")
            for line, field in zip(page.lines, page.records, strict=True):
                if type(name := dig(field, "id")) is str:
                    self._described[name] = line, field
            if hidden := [each for each in asked if each not in self._described]:
                raise _unreadable(hidden)
        return self._described

    def feedback(self, fields: Iterable[str], filters: Iterable[Mapping[str, Any]]) -> Iterator[Page]:
        """The pages of all feedback that fits the filters, in the order of its numbers, so that an edit
        moves nothing. A deletion while it is read may shift what follows: then `totalCount` falls, and all
        is read again."""
        selected = " ".join(
            f'{each}: fieldData(fieldId: "{each}") {{ values }}' for each in sorted({*fields})
        )
        arguments: dict[str, Any] = {"first": self._page_size}
        if chosen := list(filters):
            arguments["filter"] = {"and": chosen}

        def ask(wanted: Following) -> Page:
            said = _literal({**arguments, **({"after": wanted.cursor} if wanted.cursor else {})})[1:-1]
            order = f'orderBy: [{{fieldId: "{RESPONSE}", direction: ASC}}]'
            query = (
                f"query feedback {{ feedback({said}, {order}) "
                f"{{ totalCount pageInfo {{ endCursor hasNextPage }} nodes {{ id {selected} }} }} }}"
            )
            return self._posted(query, "data", "feedback", "nodes")

        for _ in range(_READINGS):
            total = 0
            for page in pages(self._client, _QUERY, None, "data.feedback.nodes", _next, ask=ask):
                yield page
                left = page.envelope.get("totalCount")
                if type(left) is int and left < total:
                    break
                total = left if type(left) is int else total
            else:
                return
        raise self._client.error(
            _QUERY, f"lists fewer responses than before, {_READINGS} times while it was read"
        )

    def _posted(self, query: str, *within: str) -> Page:
        """The list in an answer without errors."""
        said: list[str] = []

        def read(body: bytes) -> Page | None:
            said[:] = _errors(body)
            if said and not _is_final(said):
                raise ValueError
            return None if said else counted_page(body, *within)

        try:
            page: Page | None = self._client.post(_QUERY, {"query": query}, read=read)
        except SourceError as failure:
            if said and failure.status is None:
                raise self._client.error(_QUERY, f"answered with errors: {'; '.join(said)}") from failure
            raise
        if said:
            raise self._refused(said)
        if page is None:
            raise self._client.error(
                _QUERY, f"sent a response without `{'.'.join(within)}`", "check `base_url`"
            )
        return page

    def _refused(self, said: list[str]) -> Exception:
        unknown = [
            message.partition(":")[2].strip() for message in said if message.startswith(_UNKNOWN_FIELD)
        ]
        if unknown:
            return _unreadable(sorted(set(unknown)))
        problem = f"answered with errors: {'; '.join(said)}"
        remedy = f"set a lower `page_size` (now {self._page_size}) under [sources.{NAME}] in config.toml"
        return self._client.error(_QUERY, problem, remedy, RefusedError)

    def _renew(self) -> None:
        answer = self._login.post("", form={"grant_type": "client_credentials"})
        token = dig(answer, "access_token")
        if type(token) is not str:
            raise self._login.error(
                "", "gave no `access_token`", "check `token_url`, `client_id` and its secret"
            )
        self._token = token

    def _headers(self) -> dict[str, str]:
        if not self._token:
            self._renew()
        return {"Authorization": f"Bearer {self._token}"}


def _next(page: Page) -> Following | None:
    found = page.envelope.get("pageInfo")
    return Following(str(dig(found, "endCursor")), _QUERY) if dig(found, "hasNextPage") else None


def _errors(body: bytes) -> list[str]:
    """What an answer says in its `errors`, each once."""
    if b'"errors"' not in body:
        return []
    found = dig(parsed(body), "errors")
    listed = found if type(found) is list else []
    return list(dict.fromkeys(str(dig(error, "message")) for error in listed))


def _is_final(said: list[str]) -> bool:
    """Whether the same query would fail again."""
    return any(message.startswith(_UNKNOWN_FIELD) or "cost" in message.lower() for message in said)


def _unreadable(fields: list[str]) -> ConfigurationError:
    return ConfigurationError(
        f"{NAME}: {', '.join(fields)}: no such field, or hidden from the role of this client, so that its "
        "answers would look like missing ones; give the role access to it, or correct "
        f"`sources.{NAME}.surveys` and `sources.{NAME}.fields`"
    )


def _refuse_unlike_names(fields: Iterable[str]) -> None:
    for each in fields:
        if not _FIELD_NAME.fullmatch(each):
            raise ConfigurationError(
                f"{NAME}: {each!r} is no id of a field (letters, digits, `_`); correct "
                f"`sources.{NAME}.surveys` or `sources.{NAME}.fields`"
            )


def _literal(value: Any) -> str:
    """A value as GraphQL writes it: like JSON, but keys are names."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value)
