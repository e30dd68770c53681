"""What the documents name exists: links, headings, files, make targets, commands and options, settings.

Does not belong here: whether what they say about it is true, which other tests prove (docs/testing.md).
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from orchestration.cli import app
from tests.architecture.test_repository import ROOT, tracked

DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTING = re.compile(r"""(?:env_var\(|environ(?:\.get\(|\[|\.pop\(|\.setdefault\())['"](NPS_[A-Z_]+)['"]""")
#: What the reader makes: a vendor of their own (docs/how-to/add-a-survey-vendor.md), and credentials.
THE_READERS = ("askly", "dealbook", "tally", "secrets.toml")


def code(text: str) -> Iterator[str]:
    """What a document sets as code: the lines of blocks and the spans within sentences."""
    for at, part in enumerate(text.split("```")):
        yield from part.splitlines()[1:] if at % 2 else re.findall(r"`([^`]+)`", part)


def broken_links(document: Path, text: str) -> list[str]:
    """Relative links of a document whose file or heading does not exist."""
    links = [link for link in re.findall(r"\]\(([^)\s]+)", text) if "://" not in link]
    return [link for link in links if not is_resolved(document, text, *link.partition("#")[::2])]


def is_resolved(document: Path, text: str, file: str, heading: str) -> bool:
    """Whether the file exists, and in it the heading; links have it in lower case without punctuation."""
    target = document.parent / file
    if not heading:
        return target.exists()
    headings = re.findall(r"^#+ (.+)", target.read_text("utf-8") if file else text, re.MULTILINE)
    return heading in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def missing_paths(text: str, files: set[Path]) -> list[str]:
    """Paths below a folder of the repository that no tracked file has or lies under."""
    folders, places = places_of(frozenset(files))
    named = {word for span in code(text) for word in re.findall(r"[\w./*{},-]+/[\w./*{},-]*", span)}
    return [
        name
        for name in sorted(named)
        if name.split("/")[0] in folders
        and not any(part in name for part in THE_READERS)
        and Path(name.rstrip("/.,")) not in places
        and not any(place.match(name.rstrip("/.,")) for place in places)
    ]


@cache
def places_of(files: frozenset[Path]) -> tuple[set[str], set[Path]]:
    """The folders at the top, and every file and folder."""
    folders = {file.parts[0] for file in files if len(file.parts) > 1}
    return folders, {place for file in files for place in (file, *file.parents)}


@cache
def command_line() -> Any:
    """`nps`, which takes longer to put together than a document to read."""
    return get_command(app)


def unknown_commands(text: str) -> list[str]:
    """Calls of make, of Python modules and of `nps` that would not be understood."""
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    return [
        span
        for span in code(text)
        if any(target not in targets for target in re.findall(r"^make ([\w-]+)", span))
        or any(
            not is_runnable(ROOT / module.replace(".", "/"))
            for module in re.findall(r"python3? -m ([\w.]+)", span)
        )
        or any(not is_understood(call.split("#")[0].split()) for call in re.findall(r"\bnps ([a-z].*)", span))
    ]


def is_runnable(module: Path) -> bool:
    """Whether `python -m` would run it: a package with `__main__`, or a file that says what to do."""
    if (module / "__main__.py").exists():
        return True
    file = module.with_suffix(".py")
    return file.exists() and 'if __name__ == "__main__":' in file.read_text("utf-8")


def is_understood(words: list[str]) -> bool:
    """Whether `nps` has the command, and the command the options."""
    command = command_line()
    if not words or words[0] not in command.commands:
        return False
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    options = {name for param in command.params for name in param.opts}
    return {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text("utf-8")
    files = {path.relative_to(ROOT) for path in tracked()}
    assert not broken_links(document, text)
    assert not missing_paths(text, files)
    assert not unknown_commands(text)


def test_every_setting_has_its_place_in_the_contracts() -> None:
    read = {
        name
        for path in tracked()
        if path.suffix in {".py", ".sql", ".yml"} and "tests" not in path.relative_to(ROOT).parts
        for name in SETTING.findall(path.read_text("utf-8"))
    }
    contracts = (ROOT / "docs" / "data-contracts.md").read_text("utf-8")
    assert "NPS_AS_OF" in read
    assert not {name for name in read if f"| `{name}` |" not in contracts}


def test_what_is_not_there_is_seen() -> None:
    files = {Path("docs/a.md"), Path("ingestion/load.py")}
    assert broken_links(ROOT / "README.md", "[a](docs/none.md) [b](https://b.example/c)") == ["docs/none.md"]
    assert broken_links(ROOT / "README.md", "# A `b`, c\n[a](#a-b-c) [b](#c) [d](docs/definition.md#d)") == [
        "#c",
        "docs/definition.md#d",
    ]
    assert missing_paths("`ingestion/load.py`, `ingestion/lode.py`, `data/x`", files) == ["ingestion/lode.py"]
    assert unknown_commands("`make demmo`, `make demo`") == ["make demmo"]
    for module in (
        "tests.mutations",
        "tests.benchmarks.stage",
        "tests.architecture",
        "tests.benchmarks.test_baseline",
    ):
        assert unknown_commands(f"`python -m {module}`, `python -m tests.benchmarks`") == [
            f"python -m {module}"
        ]
    assert unknown_commands("```\nnps shw\nnps show --buy x\nnps audit verify p.zip --here\n```") == [
        "nps shw",
        "nps show --buy x",
    ]
