"""Tokens: equal texts have equal tokens, and the rules see in it what they see in the address."""

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from expectations.recount import nobody
from expectations.recount.ids import identity, trimmed
from vault.tokens import NOBODYS_MAILBOXES, Kind, Tokens, is_token

TOKENS, OTHERS = Tokens(b"k" * 32), Tokens(b"o" * 32)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ADDRESSES = TEXTS | st.builds(
    "{}{}@{}".format,
    st.sampled_from(["", "${", "*|", "<%", "no", "-"]),
    st.sampled_from(["jo", "Ann.O", "reply", "none", "NO-REPLY", "", "a@b"]),
    st.sampled_from(["", "verdant.example", "Acme.example ", "b@verdant.example"]),
)


@given(st.sampled_from(Kind), ADDRESSES)
def test_a_token_is_never_made_a_token_again(kind: Kind, text: str) -> None:
    token = TOKENS.of(kind, text)
    assert all(TOKENS.of(again, token) == token for again in Kind)
    assert is_token(token) or token == text


@given(TEXTS, TEXTS)
def test_texts_are_as_equal_as_their_tokens(one: str, other: str) -> None:
    assert (TOKENS.text(one) == TOKENS.text(other)) == (one == other)
    assert (TOKENS.of(Kind.NAME, one) == TOKENS.of(Kind.NAME, other)) == (
        (identity(one) or one) == (identity(other) or other)
    )


@given(ADDRESSES)
@example("noreply@verdant.example")
@example(" No-Reply@x.example")
@example("${e://Field/Email}@verdant.example")
@example("@verdant.example")
@example("jo@")
@example("ΑΣ@x.example")
def test_an_address_is_as_much_an_address_as_its_token(text: str) -> None:
    token = TOKENS.email(text)
    known, known_token = nobody.address(identity(text)), nobody.address(identity(token))
    assert (known is None) == (known_token is None)
    assert identity(token) == (token.strip() or None)


@given(ADDRESSES, ADDRESSES)
@example("Jo@Acme.example", "jo@acme.example\u00a0")
def test_addresses_match_as_their_tokens_do(one: str, other: str) -> None:
    if nobody.address(identity(one)) and nobody.address(identity(other)):
        assert (TOKENS.email(one) == TOKENS.email(other)) == (identity(one) == identity(other))


@given(ADDRESSES)
@example("noreply@verdant.example")
@example("verdant.example")
def test_a_domain_is_found_behind_the_at_of_a_token(text: str) -> None:
    given_email = identity(text) or ""
    is_own = given_email.rpartition("@")[2] == "verdant.example"
    assert (TOKENS.email(text).rpartition("@")[2] == TOKENS.domain(" Verdant.example")) == is_own


def test_nobodys_mailboxes_are_the_guards() -> None:
    assert all(nobody.address(f"{mailbox}@x.example") is None for mailbox in NOBODYS_MAILBOXES)
    assert frozenset(nobody._MAILBOXES) == NOBODYS_MAILBOXES


def test_lower_case_is_the_engines() -> None:
    for text in ("İSTANBUL@x.example", "ΟΔΟΣ@x.example", "ẞ@x.example"):
        found = duckdb.execute("select lower(?)", [text]).fetchone()
        assert found is not None
        assert TOKENS.email(text) == TOKENS.email(found[0])


def test_another_key_makes_other_tokens() -> None:
    for kind in Kind:
        assert TOKENS.of(kind, "jo@acme.example") != OTHERS.of(kind, "jo@acme.example")


@pytest.mark.parametrize(
    "text", ["john.smith@" + "0" * 32, "t:" + "0" * 31, "P:" + "0" * 32, "x" + "0" * 32 + "@" + "0" * 32]
)
def test_what_only_looks_like_a_token_is_none(text: str) -> None:
    assert not is_token(text)
    assert TOKENS.text(text) != text


@pytest.mark.parametrize("text", ["", "  ", "\u00a0\n"])
def test_white_space_says_nothing_and_stays(text: str) -> None:
    assert all(TOKENS.of(kind, text) == text for kind in Kind)
    assert not trimmed(text)
