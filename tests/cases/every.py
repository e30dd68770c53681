"""All cases there are: each module of this folder that has `CASES`."""

from importlib import import_module
from pathlib import Path

from tests.cases.case import Case

PAGE = Path(__file__).parents[2] / "docs" / "cases.md"


def every_case() -> list[Case]:
    """The cases of all modules, in the order of their names."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("of_*.py"))
    return [case for name in modules for case in import_module(f"tests.cases.{name}").CASES]
