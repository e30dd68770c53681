"""A vendor is named in its own files and in one line of the registry, and nowhere else.

Documents, tests and the simulated company speak of vendors by name; the rooms do not.
"""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ingestion import registry

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = ("docs/", "tests/", "demo/", "README.md", "CHANGELOG.md")
REGISTRY = "ingestion/vendors.yml"
VENDORS = [source.name for source in registry.SOURCES if source.required_keys]


def named(files: Iterable[tuple[str, str]], vendors: Iterable[str]) -> list[str]:
    """Each line of (path, text) that names a vendor in a file that is not the vendor's own."""
    return [
        f"{path}:{number}: {vendor}"
        for path, text in files
        for vendor in vendors
        if not re.search(rf"(?<![a-z]){vendor}(?![a-z])", path)
        for number, line in enumerate(text.splitlines(), start=1)
        if vendor in line.lower()
    ]


def rooms() -> list[tuple[str, str]]:
    """Every file of the rooms that git knows or would, but the registry."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = (name for name in listed.stdout.splitlines() if not name.startswith(ELSEWHERE))
    texts = {name: (ROOT / name) for name in files if name != REGISTRY}
    return [
        (name, path.read_text("utf-8", "replace"))
        for name, path in texts.items()
        if path.is_file() and not path.is_symlink()
    ]


def test_no_vendor_is_named_outside_its_own_files() -> None:
    searched = rooms()
    assert len(searched) > 400
    assert named(searched, VENDORS) == []


def test_the_registry_has_one_line_for_each() -> None:
    lines = (ROOT / REGISTRY).read_text("utf-8").lower().splitlines()
    assert [sum(vendor in line for line in lines) for vendor in VENDORS] == [1] * len(VENDORS)


def test_a_name_elsewhere_is_found() -> None:
    files = [
        ("expectations/suites.py", 'x\nif vendor == "Acme":\n'),
        ("expectations/vendors/acme/__init__.py", "acme"),
        ("dbt_project/models/staging/acme/stg_acme__responses.sql", "raw_acme"),
    ]
    assert named(files, ["acme"]) == ["expectations/suites.py:2: acme"]
