"""The models as dbt has compiled them, and a model whose statement was changed as a mutation of its file.

Belongs here: what the manifest says of a model. Does not belong here: which changes there are (`operators`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from tests.mutation.generated.operators import Change
from tests.mutation.mutations import MODELS, Edit, Mutation

#: A file begins with its configuration, which the compiled statement has lost.
_CONFIGURATION: Final = re.compile(r"\{\{\s*config\(.*?\)\s*\}\}", re.DOTALL)


@dataclass(frozen=True)
class Model:
    """A model of the project: `sql` as it was compiled, `written` as it is in its file, `relation` where it
    was built, `inputs` what it reads, as dbt writes it."""

    name: str
    file: str
    sql: str
    written: str
    relation: str
    inputs: tuple[str, ...]

    @cached_property
    def _squeezed(self) -> str:
        return squeezed(self.written)

    def writes(self, text: str) -> bool:
        """Whether a piece of the compiled statement is in the model's own file and not from a macro."""
        return squeezed(text) in self._squeezed

    def mutation(self, change: Change, root: Path) -> Mutation:
        """The change as a mutation: the changed statement takes the place of the file's text."""
        text = (root / self.file).read_text("utf-8")
        head = [*_CONFIGURATION.findall(text), *(f"-- depends_on: {{{{ {each} }}}}" for each in self.inputs)]
        statement = "\n".join([*head, "{% raw %}", change.sql, "{% endraw %}", ""])
        return Mutation(self.mutant(change), described(change), (Edit(self.file, text, statement),))

    def mutant(self, change: Change) -> str:
        """The mutant's name: the same for the same change, whatever else of the model is written anew."""
        digest = sha256("\n".join((change.before, change.after, *change.kind)).encode()).hexdigest()[:8]
        return f"{self.name}:{change.operator.replace(' ', '_')}:{digest}"


def squeezed(sql: str) -> str:
    """SQL without what a formatter may change: case, blanks, the word `as`."""
    return re.sub(r"\bas\b|\s", "", sql.lower())


def described(change: Change) -> str:
    """The change in one short line."""
    before, after = (text if len(text) <= 90 else f"{text[:89]}…" for text in (change.before, change.after))
    return f"writes {after} for {before}"


def models(manifest: Path) -> list[Model]:
    """The models of dbt's manifest (after `dbt compile`), in the order of their names."""
    found = json.loads(manifest.read_text("utf-8"))
    return sorted(
        (
            Model(
                node["name"],
                MODELS + node["original_file_path"],
                node["compiled_code"],
                node["raw_code"],
                node["relation_name"],
                tuple(_read(unique_id, found) for unique_id in node["depends_on"]["nodes"]),
            )
            for node in found["nodes"].values()
            if node["resource_type"] == "model"
        ),
        key=lambda model: model.name,
    )


def _read(unique_id: str, manifest: dict[str, Any]) -> str:
    if unique_id.startswith("source."):
        source = manifest["sources"][unique_id]
        return f"source('{source['source_name']}', '{source['name']}')"
    return f"ref('{manifest['nodes'][unique_id]['name']}')"
