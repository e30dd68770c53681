"""Every installed library is under a permissive licence, or docs/licences.md says under which and why.

Belongs here: what libraries state about themselves. Does not belong here: whether a library is safe.
"""

import re
from collections.abc import Iterable
from importlib import metadata
from itertools import chain

from tests.architecture.test_repository import ROOT

PERMISSIVE = re.compile(
    r"\b(MIT(-0|-CMU)?|0BSD|(\d-Clause )?BSD|BSD-\d-Clause|Apache(-2\.0| Software)|ISC|ISCL|PSF(-2\.0)?|Zlib"
    r"|CC0-1\.0|AFL-2\.1|CNRI-Python|Python Software Foundation)(?= |;|\)|$)"
)
WORDS = re.compile(r"\b(AND|OR|License)\b|[;()]")


def stated(library: metadata.Distribution) -> str:
    """What a library states as its licence; empty if it states none."""
    said = library.metadata
    classifiers = [each.split(" :: ")[-1] for each in said.get_all("Classifier", []) if "License ::" in each]
    named = [*said.get_all("License-Expression", []), "; ".join(classifiers), *said.get_all("License", [])]
    return next((each for each in named if each), "").split("\n")[0]


def is_permissive(licence: str) -> bool:
    """Whether each part of what is stated is permissive; of alternatives, too, each."""
    return bool(licence.strip()) and not WORDS.sub("", PERMISSIVE.sub("", licence)).strip()


def explained() -> set[str]:
    """The libraries in the table of docs/licences.md."""
    lines = (ROOT / "docs" / "licences.md").read_text("utf-8").splitlines()
    return {line.split("|")[1].strip() for line in lines if line.startswith("| ")} - {"library"}


def unexplained(libraries: Iterable[tuple[str, str]]) -> list[str]:
    """`name (licence)` of each that is neither permissive nor explained."""
    known = explained()
    return [
        f"{name} ({licence})"
        for name, licence in libraries
        if not is_permissive(licence) and name not in known
    ]


def installed() -> dict[str, str]:
    """Each installed library and what it states."""
    return {each.metadata["Name"]: stated(each) for each in metadata.distributions()}


def test_every_library_is_permissive_or_explained() -> None:
    found = installed()
    assert len(found) > 150
    assert unexplained(found.items()) == []


def test_what_is_explained_is_installed_and_needs_it() -> None:
    found = installed()
    assert {name for name in explained() if name not in found or is_permissive(found[name])} == set()


def test_a_licence_that_asks_for_more_is_seen() -> None:
    for licence in (
        "GPL-3.0-only",
        "MIT AND AGPL-3.0-only",
        "GNU General Public License (GPL)",
        "",
        "Proprietary",
    ):
        assert unexplained([("new", licence)]) == [f"new ({licence})"]
    kinds = [
        "MIT",
        "Apache Software License; MIT License",
        "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    ]
    assert [*chain(*(unexplained([("new", each)]) for each in kinds))] == []
