"""The mapping proposed for a file, and its TOML text."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Proposal:
    """The keys of a mapping, in the order in which they are written.

    `columns` is ours → theirs (a list for a composite id), also where both are the same. `names` explains
    headers that are not clear by themselves (`column_4` is "End Date").
    """

    settings: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str | list[str]] = field(default_factory=dict)
    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    comment: str = ""

    @property
    def can_be_judged(self) -> bool:
        """Whether it has a score and a date."""
        return "score" in self.columns and (
            "responded_at" in self.columns or "responded_at" in self.sections["defaults"]
        )

    @property
    def toml(self) -> str:
        """The text of the mapping."""
        lines = [f"# {self.comment}"] if self.comment else []
        lines += [f"{key} = {_value(value)}" for key, value in self.settings.items()]
        mapped = {ours: theirs for ours, theirs in self.columns.items() if ours != theirs}
        for name, section in {"columns": mapped, **self.sections}.items():
            if section:
                lines += ["", f"[{name}]", *(self._line(key, value) for key, value in section.items())]
        return "\n".join(lines).strip("\n") + "\n"

    def _line(self, key: str, value: Any) -> str:
        name = self.names.get(value, "") if isinstance(value, str) else ""
        return f"{_key(key)} = {_value(value)}" + (f"  # {' '.join(name.split())}" if name else "")


def _key(text: str) -> str:
    bare = text.isascii() and text.replace("_", "").replace("-", "").isalnum()
    return text if bare else _value(text)


def _value(value: Any) -> str:
    """A TOML value: JSON apart from one character; texts with quotation marks in single quotes."""
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
