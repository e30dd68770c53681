"""The product uses what its libraries offer: no name of theirs that begins with an underscore.

A library may rename such a name in any release without saying so. The few that nothing public replaces are in
one file (docs/decisions/0037-public-interfaces-only.md).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "ingestion",
    "look",
    "expectations",
    "publication",
    "semantics",
    "serving",
    "witness",
    "orchestration",
    "demo",
}
EXCEPTED = {"orchestration/storage.py"}

PRIVATE = re.compile(r"_(?!_)\w+")
# Python documents these names of a named tuple.
OF_A_NAMED_TUPLE = {"_asdict", "_field_defaults", "_fields", "_make", "_replace"}
ITSELF = {"self", "cls", "super()"}
BY_NAME = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"}
# In settings and in strings: the path of a module, as Dagster and Great Expectations import it.
PATH = r"(?:dagster|dbt|dlt|great_expectations|metricflow)\w*(?:\.\w+)*\._\w+(?:\.\w+)*"
IN_JINJA = re.compile(r"\{[{%](?:(?![}%]\}).)*?\w\._[a-z]\w*", re.DOTALL)


def private_names(source: str) -> list[str]:
    """Each private name of a library that a module's source uses, and each name that it replaces."""
    tree = ast.parse(source)
    found = [*_imported(tree), *_reached(tree), *_inherited(tree), *_replaced(tree)]
    return [f"line {line}: {name}" for line, name in sorted(set(found))]


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module or ''}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = re.findall(rf"\A{PATH}\Z", node.value)
        for name in names:
            if any(PRIVATE.fullmatch(part) for part in name.split(".")):
                yield node.lineno, name  # type: ignore[attr-defined]


def _reached(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`anything._name`, also by name (`getattr`); an object's own are `_inherited`'s business."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) not in ITSELF:
            if PRIVATE.fullmatch(node.attr) and node.attr not in OF_A_NAMED_TUPLE:
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in BY_NAME:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and PRIVATE.fullmatch(str(argument.value)):
                    yield node.lineno, ast.unparse(node)


def _inherited(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Private names of an object or its class that a library's class gave it, or that replace such a one."""
    bases = _known(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (above := _of_libraries(node, bases)):
            own = set(_defined(node))
            for line, name in _used(node):
                if name not in own or any(name in vars(each) for each in above):
                    yield line, f"{node.name}.{name}"


def _replaced(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """`library.name = ...`: a library's module or class made to be another one."""
    known = _known(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            imported = known.get(ast.unparse(node.value).split(".")[0])
            if isinstance(imported, tuple) and _is_library(imported[0]):
                yield node.lineno, ast.unparse(node)


def _known(tree: ast.Module) -> dict[str, Any]:
    """Imports and classes by the names under which this module knows them, a second name too."""
    names: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            names[node.name] = node
        elif isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.split(".")[0]: (alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Name):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            names |= {ast.unparse(each): names[node.value.id] for each in targets if node.value.id in names}
    return names


def _of_libraries(node: ast.ClassDef, bases: dict[str, Any]) -> list[type]:
    """The classes of libraries above this one. What cannot be told from the source is imported."""
    above: list[type] = []
    for base in node.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        first, *attributes = ast.unparse(plain).split(".")
        known = bases.get(first)
        if isinstance(known, ast.ClassDef):
            above += _of_libraries(known, bases)
        elif known and known[0].split(".")[0] not in sys.stdlib_module_names:
            found: Any = import_module(known[0])
            for attribute in [*([known[1]] if known[1] else []), *attributes]:
                found = getattr(found, attribute)
            above += [each for each in getattr(found, "__mro__", ()) if _is_library(each.__module__)]
    return above


def _is_library(module: str) -> bool:
    return module.split(".")[0] not in ROOMS | sys.stdlib_module_names


def _defined(node: ast.ClassDef) -> Iterator[str]:
    """What a class gives itself: methods, fields and attributes of the object."""
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            yield part.name
        elif isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Store):
            yield part.id if isinstance(part, ast.Name) else part.attr


def _used(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    for part in ast.walk(node):
        name = ""
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            name = part.name
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            name = part.id
        elif isinstance(part, ast.Attribute) and ast.unparse(part.value) in ITSELF:
            name = part.attr
        if PRIVATE.fullmatch(name):
            yield part.lineno, name  # type: ignore[attr-defined]


def modules(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*.py") if str(path.relative_to(ROOT)) not in EXCEPTED)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_uses_no_private_name_of_a_library(room: str) -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for path in modules(room)
        if (names := private_names(path.read_text("utf-8")))
    }
    assert not found, f"private names of libraries: {found}; what is public instead?"


def test_the_models_and_the_settings_use_none_either() -> None:
    settings = [*ROOT.glob("*.yaml"), *ROOT.glob("*.toml"), ROOT / "Makefile"]
    models = [path for path in (ROOT / "dbt_project").rglob("*") if path.suffix in {".sql", ".yml", ".yaml"}]
    assert len(models) > 50
    for path in [*settings, *models]:
        text = path.read_text("utf-8")
        assert not re.findall(PATH, text), path
        assert not (path in models and IN_JINJA.findall(text)), path


@pytest.mark.parametrize("path", sorted(EXCEPTED))
def test_an_excepted_file_needs_its_exception(path: str) -> None:
    assert private_names((ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "from dagster._utils.interrupts import raise_interrupts_as",
        "def f():\n    import dagster._core.storage as storage",
        "from dbt import _something",
        "context._save_project_config = None",
        "gx.get_context()._datasources",
        "from great_expectations.render.view import view\nviews: Any = view\nviews.Environment = None",
        "getattr(pipeline, '_schema')",
        "config = {'module': 'dagster._core.storage.noop_compute_log_manager'}",
        # of a library's class: an attribute, one of two levels up, a method replaced, one called through ours
        "from dagster_dbt import DagsterDbtTranslator as T\nclass A(T):\n    def f(self): return self._all",
        "from great_expectations.core import ExpectationSuite as S\nclass A(S): ...\n"
        "class B(A):\n    def f(self): return self._store",
        "from great_expectations.expectations.core import UnexpectedRowsExpectation as U\nclass A(U):\n"
        "    def _validate(self): ...",
        "from expectations.offending_rows import ExpectNoOffendingRows as E\nclass A(E):\n"
        "    def validate(self): return super()._validate()",
    ],
)
def test_the_rule_sees_a_private_name(source: str) -> None:
    assert len(private_names(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\nfrom dagster import AssetKey",
        "Row._fields, row._asdict(), row._replace(a=1), x.__class__",
        "sql = 'select _dlt_load_id from raw._dlt_loads'",
        "class A:\n    def f(self): return self._b",
        "from dagster_dbt import DagsterDbtTranslator as T\nclass A(T):\n"
        "    def __init__(self): self._own = self._made()\n    def _made(self): return 1",
    ],
)
def test_the_rule_lets_pass_what_is_public_or_our_own(source: str) -> None:
    assert private_names(source) == []


def test_the_rule_sees_a_private_name_in_a_model() -> None:
    assert IN_JINJA.findall("select {{ adapter._drop('a') }}")
    assert IN_JINJA.findall("{% set a = graph.nodes._x %}")
    assert not IN_JINJA.findall("select {{ a }}._dlt_id, {{ source('a', 'b') }} from c._dlt_loads {{ d }}")
