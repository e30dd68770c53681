"""What is wrong with a company folder: the file, the line, the problem, the remedy.

Belongs here: a mistake, and finding the line of a setting. Does not belong here: which mistakes there are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_AT_LINE = re.compile(r"at line (\d+)")
_HEADER = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]+")


@dataclass(frozen=True, order=True)
class Mistake:
    """`file` is relative to the folder; the first line is 1, and 0 means the file as a whole."""

    file: str
    line: int
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}{f':{self.line}' if self.line else ''}: {self.problem}; {self.remedy}"


@dataclass(frozen=True)
class Page:
    """A TOML of the folder: its text, for lines, and what it says. Not readable: `mistake`."""

    file: str
    text: str = ""
    content: dict[str, Any] | None = None
    mistake: Mistake | None = None

    def line(self, section: str, key: str = "") -> int:
        """Where a section begins, or a key of it; 0 where neither is found."""
        inside, found = section == "", 0
        for number, line in enumerate(self.text.splitlines(), start=1):
            if header := _HEADER.match(line):
                inside = header[1].replace('"', "") == section
                found = found or (number if inside else 0)
            if inside and key and re.match(rf'\s*"?{re.escape(key)}"?\s*[.=]', line):
                return number
        return found

    def holding(self, *words: str) -> int:
        """The first line that has all the words; 0 where none has."""
        lines = enumerate(self.text.splitlines(), start=1)
        return next((number for number, line in lines if all(word in line for word in words)), 0)


def read(folder: Path, file: str) -> Page:
    """A TOML of the folder, which has to be there."""
    path = folder / file
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return Page(file, text, tomllib.loads(text))
    except FileNotFoundError:
        return Page(file, mistake=Mistake(file, 0, "it is not there", "write it: `nps init` shows how"))
    except OSError as error:
        return Page(
            file, mistake=Mistake(file, 0, f"it cannot be read ({error.strerror})", "make it readable")
        )
    except UnicodeDecodeError:
        return Page(file, mistake=Mistake(file, 0, "it is not UTF-8", "save it as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        problem = f"this is not TOML ({error})"
        return Page(file, mistake=Mistake(file, int(at[1]) if at else 0, problem, "correct that line"))


def listed(words: Iterable[object]) -> str:
    """Words for a sentence."""
    return ", ".join(map(str, words))
