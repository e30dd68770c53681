"""`nps audit verify`: whether a ledger or a pack is what was published, by its signatures and by witnesses.

Belongs here: what is compared with what. Does not belong here: the checks (`publication`, `witness`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from company import witnessing
from erasure import receipts
from erasure.keyed import ErasureError
from orchestration import environment
from orchestration.cli import audit_view, console
from orchestration.environment import ConfigurationError, Home
from publication import content, history, ledger, manifest, proof, versions
from witness import checking, record, seen, timestamps
from witness import keys as signing_keys
from witness.checking import Verdict
from witness.keys import PublicKey
from witness.record import Head
from witness.seen import Seen


@dataclass(frozen=True)
class Given:
    """What the person gave: witnesses, public keys, certificates of authorities."""

    witnesses: Sequence[Path] = ()
    keys: Sequence[Path] = ()
    certificates: Sequence[Path] = ()


def pack(path: Path, given: Given, *, here: bool) -> int:
    """Verify an evidence pack, of this machine too if `here`; returns the exit code.

    Only keys that were given count: a list that comes with a pack proves nothing. Raises PackError.
    """
    found = proof.verify(path, environment.home().ledger if here else None)
    audit_view.proof(found, console.out)
    heads = {found.sequence: found.head}
    records = {found.sequence: found.recorded} if found.recorded else {}
    keys = _keys(given.keys)
    if found.recorded is not None and found.recorded.record.key is not None and not keys:
        console.out.print(
            f"· signed with key {found.recorded.record.key}, which is not checked: name the key (--key)",
            soft_wrap=True,
            markup=False,
        )
        records = {}
    return _said(heads, records, keys, given, whole=False)


def whole(given: Given) -> int:
    """Verify the ledger of this machine: chain, signatures, kept publications, witnesses; the exit code.

    Raises LedgerError, ConfigurationError, and what a key or witness that cannot be read raises.
    """
    home = environment.home()
    chain = ledger.verify(home.ledger)
    if not chain.sequence:
        raise ConfigurationError(f"{home.ledger} holds no ledger: nothing was published here")
    console.out.print(f"✓ the chain up to publication {chain.sequence} holds, row by row")
    records = record.kept(home.heads)
    keys = _keys(given.keys) or witnessing.public_keys(environment.company_alone())
    fails = [*_published(home, chain, records), *_erased(home)]
    code = _said(chain.heads, records, keys, given, whole=True, fails=fails)
    console.out.print(f"publication {chain.sequence}, ledger head {chain.head}")
    return code


def _published(home: Home, chain: ledger.Chain, records: Mapping[int, Head]) -> list[str]:
    """What is wrong with the versions that are still kept: their manifests, and the current one's files."""
    fails = []
    current = versions.current(home.published)
    for folder in versions.settled(home.published):
        said = manifest.read(folder)
        found = records.get(said.sequence)
        if chain.heads.get(said.sequence) != said.ledger_head:
            fails.append(f"publication {said.sequence} has another head in its manifest than in the ledger")
        elif found and content.sha256(folder / manifest.FILE_NAME) != found.record.manifest_sha256:
            fails.append(f"the manifest of publication {said.sequence} is not the one that was recorded")
        elif folder == current and not history.intact(folder, said):
            fails.append(f"files of publication {said.sequence} are not those of its manifest")
    return fails


def _erased(home: Home) -> list[str]:
    """What is wrong with the receipts of erasures; says how many hold."""
    current = versions.current(home.published)
    document = current and current / content.DOCUMENTS / receipts.DOCUMENT
    try:
        held = receipts.verify(home.path, document.read_bytes() if document and document.is_file() else None)
    except ErasureError as error:
        return [str(error)]
    if held:
        console.out.print(f"✓ {held} receipts of erasures follow one another; those published are among them")
    return []


def _said(
    heads: Mapping[int, str],
    records: Mapping[int, Head],
    keys: Mapping[str, PublicKey],
    given: Given,
    *,
    whole: bool,
    fails: Sequence[str] = (),
) -> int:
    """Compare heads with witnesses and signatures, print what holds and what does not; the exit code."""
    trusted = [each for path in _certificates(given) for each in timestamps.certificates(path)]
    agreeing: list[Seen] = []
    verdicts = []
    for path in given.witnesses:
        said = seen.read(path, records, trusted)
        verdicts.append(checking.compared(heads, said, whole=whole))
        agreeing += [] if verdicts[-1].fails else said
    signed = checking.signatures(heads, records, keys, agreeing, demanded=bool(given.keys))
    verdicts = [Verdict((), tuple(fails)), signed, *verdicts]
    for verdict in verdicts:
        for sentence in verdict.holds:
            console.out.print(f"✓ {sentence}", soft_wrap=True, markup=False)
    if not given.witnesses:
        console.out.print(
            "· no witness was asked (--witness): the owner of the machine could have rewritten it all",
            soft_wrap=True,
            markup=False,
        )
    wrong = [sentence for verdict in verdicts for sentence in verdict.fails]
    for sentence in wrong:
        console.say_error(sentence)
    return console.FAILED if wrong else 0


def _keys(files: Sequence[Path]) -> dict[str, PublicKey]:
    return {key: each for path in files for key, each in signing_keys.public_keys(path).items()}


def _certificates(given: Given) -> list[Path]:
    """The certificates that were given, else those of the company's own authorities."""
    if given.certificates or not any(path.suffix == record.STAMP_SUFFIX for path in given.witnesses):
        return list(given.certificates)
    named = witnessing.witnesses(environment.company_alone())
    return [each.certificates for each in named if each.certificates is not None]
