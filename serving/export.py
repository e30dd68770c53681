"""Writes an export: the file or folder appears whole, or not at all.

Belongs here: which forms there are, and where they are written. Does not belong here: what is in a file
(`excel`, `spss`, `csv_files`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from serving import csv_files, excel, spss
from serving.chosen import Chosen
from serving.errors import ExportError

FORMS: Mapping[str, Callable[[Chosen, Path], None]] = {
    "excel": excel.write,
    "spss": spss.write,
    "csv": csv_files.write,
}
#: What the name of a file must end with; a folder has no such name.
_ENDINGS = {"excel": ".xlsx", "spss": ".sav"}


def write(chosen: Chosen, form: str, to: Path) -> None:
    """Write the figures as `form` into the new file or, for `csv`, the new folder `to`.

    Raises ExportError, with a remedy, if it exists, is not named as its form is, or cannot be written.
    """
    ending = _ENDINGS.get(form, "")
    if ending and to.suffix.lower() != ending:
        raise ExportError(f"{to} is no name for {form}: let it end with {ending}")
    if to.exists():
        raise ExportError(f"{to} exists: name a {'file' if ending else 'folder'} that does not exist yet")
    half = to.with_name(f".incoming-{to.name}")
    _remove(half)
    try:
        FORMS[form](chosen, half)
        half.rename(to)
    except OSError as error:
        raise ExportError(
            f"{to} cannot be written ({error.strerror or error}): name another place"
        ) from error
    finally:
        _remove(half)


def _remove(half: Path) -> None:
    if half.is_dir():
        shutil.rmtree(half)
    else:
        half.unlink(missing_ok=True)
