"""What may stand in the repository: no generated files, no addresses of package hosts, no long files."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOSTS = ["py" + "pi.org", "python" + "hosted", "registry." + "npmjs", "deb." + "debian"]
GENERATED = (".duckdb", ".parquet", "uv.lock", ".env")


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def test_no_generated_file_is_tracked() -> None:
    assert not [path for path in tracked() if path.name.endswith(GENERATED)]


def test_no_package_host_is_named() -> None:
    named = [path for path in tracked() for host in HOSTS if host in path.read_text("utf-8", errors="ignore")]
    assert not named


def test_a_file_can_be_read_in_one_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if path.suffix in {".py", ".sql"} and (count := len(path.read_text("utf-8").splitlines())) > 330
    }
    assert not long, f"split these: {long}"


def otherwise_compared(sql: str) -> list[str]:
    """Ids of accounts and contacts that are compared without regard to their two forms."""
    return re.findall(r"identity_key\('([\w.]*(?:account|contact|merged_into)_id)'\)", sql)


def test_ids_of_accounts_and_contacts_are_compared_in_both_their_forms() -> None:
    texts = {path: path.read_text("utf-8") for path in tracked() if "dbt_project" in path.parts}
    assert not [path for path, text in texts.items() if otherwise_compared(text)]
    both = "{{ identity_key('a.parent_account_id') }}, {{ identity_key('branch_id') }}"
    assert otherwise_compared(both) == ["a.parent_account_id"]


def test_modules_open_with_their_charter() -> None:
    bare = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix == ".py" and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not bare, f"no docstring at the top: {bare}"
