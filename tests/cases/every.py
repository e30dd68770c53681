"""All cases there are: each module of this folder that has `CASES`."""

from importlib import import_module
from pathlib import Path

from tests.cases.case import Case

PAGE = Path(__file__).parents[2] / "docs" / "cases.md"


def of_modules() -> dict[str, list[Case]]:
    """Module → its cases, in the order of their names. Cases of one module share what it builds."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("of_*.py"))
    return {name: list(import_module(f"tests.cases.{name}").CASES) for name in modules}


def every_case() -> list[Case]:
    """The cases of all modules."""
    return [case for cases in of_modules().values() for case in cases]
