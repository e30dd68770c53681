"""How a company's declared dimensions reach dbt: as a variable of the project, and as columns in its YAML.

dbt reads contracts, documentation and semantic models from YAML, which cannot loop. After the built-in
dimensions of a list, the YAML of the checkout has a comment, `# declared: <what>`. In the project of a state
folder whose company declares dimensions, it becomes one line for each. The models are links and follow the
variable.

Belongs here: the files that a project has of its own. Does not belong here: what may be declared
(`company.dimensions`).
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from company.dimensions import Dimension, declared

_COMMENT = re.compile(r"^( *)# declared: (.+)\n", re.MULTILINE)
_MEMBER, _SPLIT = "at the moment; Unassigned where unknown.", "(all) where the row is not split by it."


def _column(dimension: Dimension, remark: str) -> str:
    said = json.dumps(f"{dimension.label}, {remark}", ensure_ascii=False)
    required = "constraints: [{type: not_null}]"
    return f"- {{name: {dimension.name}, data_type: string, {required}, description: {said}}}\n"


def _attribute(dimension: Dimension) -> str:
    said = json.dumps(f"{dimension.label}, as given; null where unknown.", ensure_ascii=False)
    return f"- {{name: {dimension.name}, data_type: string, description: {said}}}\n"


def _of_metrics(dimension: Dimension) -> str:
    said = json.dumps(dimension.label, ensure_ascii=False)
    about = json.dumps(f"{dimension.label}, {_MEMBER}", ensure_ascii=False)
    return f"- {{name: {dimension.name}, type: categorical, label: {said}, description: {about}}}\n"


#: What a comment asks for → the line for one dimension.
LINES: Mapping[str, Callable[[Dimension], str]] = {
    "names": lambda dimension: f"- {dimension.name}\n",
    "attributes": _attribute,
    "member columns": lambda dimension: _column(dimension, _MEMBER),
    "split columns": lambda dimension: _column(dimension, _SPLIT),
    "dimensions": _of_metrics,
}


def with_columns(text: str, dimensions: Sequence[Dimension]) -> str:
    """A YAML of the project with the lines its comments ask for.

    `of accounts` and `of answers` ask for dimensions of that level only; attributes are of those that records
    carry themselves.
    """

    def lines(comment: re.Match[str]) -> str:
        what, _, level = comment[2].partition(" of ")
        wanted = [each for each in dimensions if not level or f"{each.level}s" == level]
        if what == "attributes":
            wanted = [each for each in wanted if each.source]
        return "".join(comment[1] + LINES[what](each) for each in wanted)

    return _COMMENT.sub(lines, text)


def with_variable(text: str, dimensions: Sequence[Dimension]) -> str:
    """dbt's variables with the declaration as one more, `dimensions`."""
    return f"{text.rstrip()}\n  dimensions: {json.dumps([asdict(each) for each in dimensions])}\n"


def write(checkout: Path, project: Path, company: Path) -> None:
    """The variables and the models, as files and links of the project's own."""
    dimensions = declared(company)
    _write(project / "vars.yml", with_variable(_text(checkout / "vars.yml"), dimensions))
    models = project / "models"
    if models.is_symlink():
        models.unlink()
    written = set()
    for source in sorted((checkout / "models").rglob("*")):
        path = models / source.relative_to(checkout / "models")
        written.add(path)
        if source.is_dir():
            path.mkdir(parents=True, exist_ok=True)
        elif source.suffix == ".yml" and _COMMENT.search(_text(source)):
            _write(path, with_columns(_text(source), dimensions))
        elif not (path.is_symlink() and path.readlink() == source):
            path.unlink(missing_ok=True)
            path.symlink_to(source)
    for path in [path for path in models.rglob("*") if path not in written]:
        path.unlink() if path.is_symlink() or path.is_file() else shutil.rmtree(path, ignore_errors=True)


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _write(path: Path, text: str) -> None:
    """Only if it changes, and never through a link into the checkout."""
    if path.is_symlink() or not path.exists() or _text(path) != text:
        path.unlink(missing_ok=True)
        path.write_text(text, "utf-8")
