"""Imports run one way: orchestration sees every room, the rooms do not see it or each other."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    *("ingestion", "look", "company", "expectations", "publication", "review", "semantics", "orchestration"),
    *("serving", "receiver", "outbox", "topics", "vault", "witness", "erasure", "demo"),
}
MAY_IMPORT = {
    "orchestration": ROOMS,
    **{room: {room} for room in ROOMS - {"orchestration"}},
    "ingestion": {"ingestion", "erasure", "vault"},
    "expectations": {"expectations", "vault"},
    "look": {"look", "ingestion"},
    "company": {"company", "ingestion", "outbox", "receiver", "topics", "witness"},
    "publication": {"publication", "witness"},
    "review": {"review", "publication"},
    "serving": {"serving", "publication", "witness"},
}


def imported_rooms(source: str) -> set[str]:
    """Rooms that a module's source imports, at any depth of the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names & ROOMS


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_what_it_may(room: str) -> None:
    modules = sorted((ROOT / room).rglob("*.py"))
    assert modules, f"{room}/ has no modules"
    wrong = {
        str(module.relative_to(ROOT)): sorted(seen - MAY_IMPORT[room])
        for module in modules
        if (seen := imported_rooms(module.read_text("utf-8"))) - MAY_IMPORT[room]
    }
    assert not wrong, f"imports against the flow: {wrong}"


def test_the_rule_sees_a_forbidden_import() -> None:
    assert imported_rooms("def f():\n    from publication.publish import publish\n") == {"publication"}


def test_a_look_reads_files_as_a_load_does_and_knows_no_more_of_ingestion() -> None:
    for module in sorted((ROOT / "look").rglob("*.py")):
        names = {
            node.module
            for node in ast.walk(ast.parse(module.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module
        }
        beyond = {name for name in names if name.startswith("ingestion") and "ingestion.files." not in name}
        assert not beyond, f"{module}: {beyond}"


def test_ingestion_knows_neither_dagster_nor_dbt() -> None:
    for module in sorted((ROOT / "ingestion").rglob("*.py")):
        tree = ast.parse(module.read_text("utf-8"))
        imported = {
            name.split(".")[0]
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert not imported & {"dagster", "dagster_dlt", "dagster_dbt", "dbt"}, module
