"""Compares a ledger with what was signed and with what witnesses saw.

Whoever owns the machine can write another ledger whose chain holds, and sign it with the company's key. It is
told from the one that was published by any one head that somebody outside has kept.

Belongs here: these comparisons. Does not belong here: the chain itself (`publication.ledger`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from witness.keys import PublicKey
from witness.record import Head
from witness.seen import Seen


@dataclass(frozen=True)
class Verdict:
    """What holds, and what does not; each a sentence."""

    holds: tuple[str, ...]
    fails: tuple[str, ...]


def compared(heads: Mapping[int, str], seen: Sequence[Seen], *, whole: bool) -> Verdict:
    """Compare heads, by sequence, with those that one witness saw; `whole` if they are all of a ledger."""
    name = seen[0].witness
    alike = None
    for each in sorted(seen, key=lambda each: each.sequence):
        if each.sequence not in heads:
            if whole and each.sequence > max(heads):
                return Verdict((), (f"{name} saw publication {each.sequence}: the ledger ends before it",))
            continue
        if heads[each.sequence] != each.head:
            before = "" if alike == each.sequence - 1 else ", or one before it,"
            return Verdict(
                (),
                (
                    f"publication {each.sequence}{before} is the first that differs: {name} saw the head"
                    f" {each.head}{_at(each)}, the ledger has {heads[each.sequence]}; it was rewritten",
                ),
            )
        alike = each.sequence
    if alike is None:
        return Verdict((), (f"{name} did not see publication {_numbers(heads)}",))
    return Verdict((f"{name} saw the same, up to publication {alike}{_at(seen[-1])}",), ())


def signatures(
    heads: Mapping[int, str],
    records: Mapping[int, Head],
    keys: Mapping[str, PublicKey],
    agreeing: Sequence[Seen] = (),
    *,
    demanded: bool = False,
) -> Verdict:
    """Check the records of a ledger's heads, by sequence, and their signatures.

    What was never signed is said, and is an error after the first that was, as long as that key is in force.
    `agreeing` are heads of witnesses that agree with the ledger; `demanded`: the newest must be signed.
    """
    signed: list[int] = []
    unsigned: list[int] = []
    fails: list[str] = []
    last: PublicKey | None = None
    first = min(records, default=None)
    for sequence, head in sorted(heads.items()):
        found = records.get(sequence)
        if found is None:
            if first is not None and sequence > first:
                fails.append(f"the record of publication {sequence} is missing: restore it from a backup")
            unsigned.append(sequence)
        elif found.record.ledger_head != head:
            fails.append(
                f"publication {sequence} was recorded with the head {found.record.ledger_head}, the ledger"
                f" has {head}: it was rewritten"
            )
        elif found.record.key is None and found.signature is None:
            unsigned.append(sequence)
            if last is not None and last.signs_on(found.record.day) and last.revoked_at is None:
                fails.append(f"publication {sequence} is not signed, but key {last.id} was in force")
        elif wrong := [*_signature(found, keys, agreeing)]:
            fails += wrong
        else:
            signed.append(sequence)
            last = keys[str(found.record.key)]
    newest = max(heads)
    if demanded and newest in unsigned:
        fails.append(f"publication {newest} is not signed, so the key proves nothing")
    holds = [f"publication {_numbers(signed)}: signed, and the signature is valid"] if signed else []
    holds += [f"publication {_numbers(unsigned)}: not signed"] if unsigned else []
    return Verdict(tuple(holds), tuple(fails))


def _signature(found: Head, keys: Mapping[str, PublicKey], agreeing: Sequence[Seen]) -> Iterator[str]:
    """What is wrong with a signature."""
    said, key = f"publication {found.record.sequence}", keys.get(str(found.record.key))
    if found.record.key is None or found.signature is None:
        yield f"{said} has lost its signature, or was given one: restore its record from a backup"
    elif key is None:
        yield f"{said} is signed with key {found.record.key}, which is not among those that are known"
    elif not key.signed(found.text, found.signature):
        yield f"{said} has a signature that is not that of key {key.id}: it was changed"
    elif not key.signs_on(found.record.day):
        yield f"{said} of {found.record.day} is signed with key {key.id}, which was not in force that day"
    elif key.revoked_at is not None:
        if found.record.day >= key.revoked_at:
            yield f"{said} is signed with key {key.id}, revoked from {key.revoked_at} on"
        elif not any(
            each.sequence >= found.record.sequence and (each.at is None or each.at.date() < key.revoked_at)
            for each in agreeing
        ):
            yield (
                f"{said} is signed with key {key.id}, revoked from {key.revoked_at} on: whoever has it can"
                " backdate, so name a witness that saw this or a later publication before"
            )


def _at(seen: Seen) -> str:
    return f" at {seen.at:%Y-%m-%d %H:%M:%S} UTC" if seen.at else ""


def _numbers(sequences: Sequence[int] | Mapping[int, str]) -> str:
    """1–3, 5."""
    runs: list[list[int]] = []
    for each in sorted(sequences):
        if runs and runs[-1][-1] == each - 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
