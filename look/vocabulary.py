"""Headers and answers in comparable form, and the words (`words.toml`) that recognise them."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

_NO_DECOMPOSITION = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ß": "ss"})
_IMPORT_ID = re.compile(r"""\{\s*["']ImportId["']\s*:\s*["']([^"']*)["']""", re.IGNORECASE)
_ZONE = re.compile(r"""["']timeZone["']\s*:\s*["']([^"']+)["']|\(([A-Za-z]+/[A-Za-z_/]+|UTC|GMT)\)""")


#: What a column can be besides score, date and id.
ROLES = {
    "respondent_email": "e-mail",
    "comment": "comment",
    "account_id": "account",
    "contact_id": "contact",
    "person_id": "person",
    "branch_id": "branch",
    "invitation_id": "invitation",
    "channel": "channel",
    "employee_id": "employee",
    "survey_id": "survey",
    "started_at": "start",
    "event_at": "event",
}


@cache
def words() -> dict[str, Any]:
    """The content of `words.toml`."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


@cache
def plain(text: str) -> str:
    """Lower case without accents; one space for everything that is neither letter nor digit."""
    bare = unicodedata.normalize("NFKD", text.lower().translate(_NO_DECOMPOSITION))
    letters = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def import_id(cell: str) -> str | None:
    """The name in a header such as `{"ImportId":"recordedDate"}`."""
    found = _IMPORT_ID.search(cell)
    return found[1] if found else None


def written_zone(header: str) -> str | None:
    """The time zone that a header names: `Submit Date (UTC)`, or `"timeZone":"Europe/Paris"`."""
    found = _ZONE.search(header)
    return (found[1] or found[2]) if found else None


@cache
def place(role: str, kind: str, label: str) -> int | None:
    """The index of the first of a role's words that the label matches; None if none does."""
    text = _label(label)
    matches = (at for at, pattern in enumerate(words()[role][kind]) if re.fullmatch(pattern, text))
    return next(matches, None)


def is_name(label: str) -> bool:
    """Whether any role has such a name."""
    roles = words().keys() - {"answers", "nobody"}
    return any(place(role, kind, label) is not None for role in roles for kind in words()[role])


def _label(label: str) -> str:
    """A header with camel case split: `RecordedDate` is `recorded date`."""
    return plain(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label.removeprefix("_")))
