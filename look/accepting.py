"""A file and its mapping go into the inbox: the mapping first, and each of them whole or not at all."""

import contextlib
import filecmp
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import FOLDER_MAPPING
from look.looking import Look


@dataclass(frozen=True)
class Accepted:
    """Where a file and its mapping lie now; `was_there` if both already did, as they are."""

    file: Path
    mapping: Path
    was_there: bool


def accept(look: Look, folder: Path, replace: bool = False) -> Accepted:
    """Puts the file and the proposed mapping into the folder of the inbox.

    Raises:
        FileNotUnderstoodError: something has to be settled by a person first, or another file has the name.
    """
    path = look.path
    if blocking := look.findings.blocking:
        problem = "; ".join(f"{finding.about}: {finding.text}" for finding in blocking)
        raise FileNotUnderstoodError(path, problem, "; ".join(dict.fromkeys(one.remedy for one in blocking)))
    target = folder / path.name
    mapping = folder / f"{path.name.split('.')[0]}.toml"
    if mapping.name == FOLDER_MAPPING:
        raise FileNotUnderstoodError(
            path, f"its mapping would be {FOLDER_MAPPING}, which is for all files", "rename it"
        )
    folder.mkdir(parents=True, exist_ok=True)
    text = look.proposal.toml.encode()
    same_file = target.exists() and (target.samefile(path) or filecmp.cmp(path, target, shallow=False))
    same_mapping = mapping.exists() and mapping.read_bytes() == text
    if not replace:
        _refuse_to_overwrite(path, target, mapping, same_file, same_mapping)
    if not same_mapping:
        _place(mapping, text, replace)
    if not same_file:
        _place(target, path, replace)
    return Accepted(target, mapping, same_file and same_mapping)


def _refuse_to_overwrite(
    path: Path, target: Path, mapping: Path, same_file: bool, same_mapping: bool
) -> None:
    remedy = "rename yours, or say --replace if it is the corrected file"
    if target.exists() and not same_file:
        raise FileNotUnderstoodError(path, f"{target} is another file", remedy)
    if mapping.exists() and not same_mapping:
        raise FileNotUnderstoodError(path, f"{mapping} is another mapping", remedy)


def _name(part: Path, target: Path) -> None:
    """Gives a file its name, unless somebody has taken it meanwhile."""
    try:
        target.hardlink_to(part)
    except OSError as error:
        if target.exists():
            raise FileNotUnderstoodError(target, "it has just been written", "look again") from error
        part.replace(target)  # a file system without links


def _place(target: Path, content: bytes | Path, replace: bool) -> None:
    """Writes beside the target, under a name that no load takes, and gives it its own name at the end."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if isinstance(content, Path):
            shutil.copyfile(content, part)
        else:
            part.write_bytes(content)
        if replace:
            part.replace(target)
        else:
            _name(part, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
