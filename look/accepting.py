"""Puts a file and its mapping into the inbox: the mapping first, each completely or not at all."""

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
    """Where a file and its mapping now are; `was_there` if both already were, unchanged."""

    file: Path
    mapping: Path
    was_there: bool


def accept(look: Look, folder: Path, mappings: Path, replace: bool = False) -> Accepted:
    """Put the file into an inbox folder, and the proposed mapping into `mappings`.

    Raises:
        FileNotUnderstoodError: a person must settle something first, or another file has the name.
    """
    path = look.path
    if blocking := look.findings.blocking:
        problem = "; ".join(f"{finding.about}: {finding.text}" for finding in blocking)
        raise FileNotUnderstoodError(path, problem, "; ".join(dict.fromkeys(one.remedy for one in blocking)))
    target = folder / path.name
    mapping = mappings / f"{path.name.split('.')[0]}.toml"
    if mapping.name == FOLDER_MAPPING:
        raise FileNotUnderstoodError(
            path, f"its mapping would be {FOLDER_MAPPING}, which applies to all files", "rename the file"
        )
    for place in (folder, mappings):
        place.mkdir(parents=True, exist_ok=True)
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
    remedy = "rename yours, or use --replace if it is the corrected file"
    if target.exists() and not same_file:
        raise FileNotUnderstoodError(path, f"{target} exists with other content", remedy)
    if mapping.exists() and not same_mapping:
        raise FileNotUnderstoodError(path, f"{mapping} exists with other content", remedy)


def _name(part: Path, target: Path) -> None:
    """Give a file its name, unless another file has taken it meanwhile."""
    try:
        target.hardlink_to(part)
    except OSError as error:
        if target.exists():
            raise FileNotUnderstoodError(
                target, "another program has just written it", "run nps look again"
            ) from error
        part.replace(target)  # a file system without links


def _place(target: Path, content: bytes | Path, replace: bool) -> None:
    """Write beside the target, under a name that no load reads, and rename at the end."""
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
