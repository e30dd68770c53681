"""The company's tables as dbt reads them in the project of a state folder.

Belongs here: links, the tables that a company goes without, and its e-mail domains, which are hidden as those
of addresses are. Does not belong here: whose state folder it is (`environment`), what a table says.
"""

from __future__ import annotations

from pathlib import Path

from company.tables import OPTIONAL
from vault.tokens import Tokens

OWN_DOMAINS = "own_email_domains.csv"


def definition(folder: Path, company: Path, tokens: Tokens) -> None:
    """A folder of links to the company's tables, and its own e-mail domains as addresses in raw have them."""
    if folder.is_symlink():  # of an earlier release
        folder.unlink()
    folder.mkdir(exist_ok=True)
    theirs = company.iterdir() if company.is_dir() else ()
    wanted = {path.name: path for path in theirs if path.name != OWN_DOMAINS}
    for link in folder.iterdir():
        if link.name != OWN_DOMAINS and not (link.is_symlink() and link.readlink() == wanted.get(link.name)):
            link.unlink()
    for name, path in wanted.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(path)
    own, written = company / OWN_DOMAINS, folder / OWN_DOMAINS
    if not own.exists():
        written.unlink(missing_ok=True)
        return
    header, *domains = own.read_text("utf-8-sig").splitlines()
    hidden = [header, *(tokens.domain(domain.strip('" ')) for domain in domains if domain.strip('" '))]
    text = "".join(f"{line}\n" for line in hidden)
    if written.is_symlink() or not written.exists() or written.read_text("utf-8") != text:
        written.unlink(missing_ok=True)
        written.write_text(text, "utf-8")


def undecided(folder: Path, company: Path) -> bool:
    """A table without a row for each that the company may go without, and does: models read all of them.

    Whether one was there otherwise.
    """
    folder.mkdir(exist_ok=True)
    there = {path.name for path in folder.iterdir()}
    wanted = {
        f"{table.name}.csv": ",".join(column.name for column in table.columns)
        for table in OPTIONAL
        if not (company / f"{table.name}.csv").exists()
    }
    for name in there - wanted.keys():
        (folder / name).unlink()
    for name in wanted.keys() - there:
        (folder / name).write_text(f"{wanted[name]}\n", "utf-8")
    return there != wanted.keys()
