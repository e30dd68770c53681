"""What figures are split by, as the guard reads it: the built-in dimensions, and those of the company's own.

Read from `definition/dimensions.toml` by the guard's own code; it shares nothing with the models.

Belongs here: names, levels, segments. Does not belong here: where records have them (`declared_fields`),
which member an answer has (`recount/dimensions`), whether the declaration is in order (`company/dimensions`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

PAGE = "definition/dimensions.toml"
UNASSIGNED = "Unassigned"
_ALWAYS = ("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel")
_ALWAYS_OF_ACCOUNTS = ("customer_value_tier", "branch", "region", "plan")
_ALWAYS_CROSSED = ("customer_value_tier*journey_stage", "branch*journey_stage", "customer_value_tier*branch")


@dataclass(frozen=True)
class Declared:
    """A dimension of the company's own.

    Either the records of a level carry it (`source`: vendor → field), or it follows from another dimension's
    member (`of`; `members`: the other's, in lower case → its own).
    """

    name: str
    level: str
    segments: tuple[str, ...]
    source: Mapping[str, str]
    of: str
    members: Mapping[str, str]
    most_members: int
    #: Members in lower case by which an answer says that the customer came by referral.
    referral: frozenset[str] = frozenset()
    #: Members in lower case by which an answer says that the person does not want to be contacted.
    no_contact: frozenset[str] = frozenset()

    @classmethod
    def read(cls, name: str, said: Mapping[str, Any], level: str) -> Declared:
        members = {
            each.strip().lower(): member for member, of in said.get("members", {}).items() for each in of
        }
        source, of = said.get("source", {}), said.get("of", "")
        referral, no_contact = (
            frozenset(member.strip().lower() for member in said.get(key, ()))
            for key in ("referral", "no_contact")
        )
        most = said.get("most_members", 100)
        return cls(name, level, tuple(said["segments"]), source, of, members, most, referral, no_contact)

    def follows(self, member: str) -> str:
        """The member to which a member of the other dimension belongs."""
        return self.members.get(member.lower(), UNASSIGNED)


@dataclass(frozen=True)
class Dimensions:
    """The dimensions of a company, the built-in ones first."""

    declared: tuple[Declared, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All dimensions of an answer, in the order in which tables show them."""
        return (*_ALWAYS, *(each.name for each in self.declared))

    @cached_property
    def of_accounts(self) -> tuple[str, ...]:
        """Those that split accounts as well as answers."""
        own = (each.name for each in self.declared if each.level == "account")
        return (*_ALWAYS_OF_ACCOUNTS, *own)

    @cached_property
    def segments(self) -> Mapping[str, tuple[str, ...]]:
        """Segment → the dimensions that its rows are split by."""
        own = (segment for each in self.declared for segment in each.segments)
        split = {name: tuple(name.split("*")) for name in (*_ALWAYS, *_ALWAYS_CROSSED, *own)}
        return {"company": (), **split}

    def carried(self, level: str) -> tuple[str, ...]:
        """The declared ones that records of a level carry themselves."""
        return tuple(each.name for each in self.declared if each.source and each.level == level)


BUILT_IN = Dimensions()


def governed() -> Dimensions:
    """Those of the company that `NPS_COMPANY` names."""
    path = Path(os.environ.get("NPS_COMPANY", "")) / PAGE
    if not path.is_file():
        return BUILT_IN
    page = tomllib.loads(path.read_text("utf-8-sig"))
    levels = dict.fromkeys(_ALWAYS, "answer") | dict.fromkeys(_ALWAYS_OF_ACCOUNTS, "account")
    levels |= {name: said["level"] for name, said in page.items() if "level" in said}
    return Dimensions(
        tuple(Declared.read(name, said, levels[said.get("of", name)]) for name, said in page.items())
    )
