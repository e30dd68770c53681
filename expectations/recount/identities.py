"""Who answered, and whose customer that is: contacts, persons and accounts, resolved through merges.

Belongs here: the order in which an answer's own ids, its invitation and its e-mail are believed. Does not
belong here: reading them (`raw`, `crm`), or what is done with a person's several answers (`rules`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from expectations.recount.crm import survivors_of
from expectations.recount.raw import Answer, Contact, Invitation


@dataclass(frozen=True)
class Identities:
    """What identifies: invitations by source and id, contacts by id, account → survivor."""

    invitations: Mapping[str, Mapping[str, Invitation]] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    #: Adds the shorter names that contacts have where there are several CRMs.
    with_names: Callable[[Mapping[str, str]], dict[str, str]] = dict

    @cached_property
    def survivors(self) -> dict[str, str]:
        """Contact → the contact that survived its merges."""
        return self.with_names(survivors_of({key: each.merged_into for key, each in self.contacts.items()}))

    @cached_property
    def by_email(self) -> dict[str, str]:
        """E-mail → the surviving contact; the smallest of several."""
        found: dict[str, str] = {}
        for key, contact in self.contacts.items():
            if contact.email is not None:
                survivor = self.survivors[key]
                found[contact.email] = min(survivor, found.get(contact.email, survivor))
        return found

    def with_invitations(self, invitations: Mapping[str, Mapping[str, Invitation]]) -> Identities:
        """The same contacts and accounts; what is known of them is not worked out again."""
        other = Identities(invitations, self.contacts, self.accounts, self.with_names)
        other.__dict__.update(survivors=self.survivors, by_email=self.by_email)
        return other

    def invitation(self, answer: Answer) -> Invitation | None:
        """The invitation an answer names, of its own source."""
        if answer.invitation is None or answer.source not in self.invitations:
            return None
        return self.invitations[answer.source].get(answer.invitation)

    def contact(self, answer: Answer) -> str | None:
        """The surviving contact: the answer's own, else its invitation's, else that of its e-mail."""
        if answer.contact in self.survivors:
            return self.survivors[answer.contact]
        invitation = self.invitation(answer)
        invited = self.invited(invitation) if invitation is not None else None
        return invited or (self.by_email.get(answer.address) if answer.address is not None else None)

    def invited(self, invitation: Invitation) -> str | None:
        """The surviving contact an invitation was sent to: its own, else that of its e-mail."""
        if invitation.contact in self.survivors:
            return self.survivors[invitation.contact]
        return self.by_email.get(invitation.email) if invitation.email is not None else None

    def person(self, answer: Answer) -> str:
        """The surviving contact, else the e-mail, else the id of the source's own, else the answer itself."""
        return (
            self.contact(answer)
            or answer.address
            or self.numbered(answer.source, answer.person)
            or answer.key
        )

    @staticmethod
    def numbered(source: str, person: str | None) -> str | None:
        """A person known by an id of a source's own, which is nobody's in another source."""
        return f"person:{source}:{person}" if person is not None else None

    def account(self, answer: Answer) -> str | None:
        """The surviving account: the answer's own if the CRM knows it, else that of its contact."""
        return self.account_of(answer.account, self.contact(answer))

    def account_of(self, own: str | None, contact: str | None) -> str | None:
        """A surviving account: one's own if the CRM knows it, else that of a surviving contact."""
        if own is not None and own in self.accounts:
            return self.accounts[own]
        account = self.contacts[contact].account if contact is not None else None
        return self.accounts.get(account) if account is not None else None

    def same_contact(self, contact: str | None) -> str | None:
        """What a contact id survives into; one the CRM does not know stays itself."""
        return self.survivors.get(contact, contact) if contact is not None else None
