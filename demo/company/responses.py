"""How invitations and answers are recorded by the survey vendor, with everything that goes wrong.

Belongs here: versions, identifiers as they were passed along, and dirt. Does not belong here: the true scores
(`answers.py`). Each flaw is drawn once in `_Record`, so that the tables and `truth.json` tell the same story.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from demo.company import manipulation, surveys
from demo.company.answers import Given, Story
from demo.company.columns import (
    Column,
    chosen,
    every,
    joined,
    moments,
    numbers,
    picked,
    text_where,
    untidy,
)
from demo.company.comments import LANGUAGE_SHARES, LANGUAGES, catalogue
from demo.company.crm import OWN_DOMAIN, Names
from demo.company.effects import Dirt, Effects
from demo.company.ids import token_ids
from demo.company.invitations import invitation_table
from demo.company.people import People
from demo.company.size import DAY, END, HOUR, MISSING, Bools, Ints, Size, seconds
from demo.company.surveys import CHANNELS, SURVEYS

_LITERALS: Final = (*(str(score) for score in range(11)), "11", "-1", "42", "6.5", '"ten"')
_OFF_SCALE: Final = (11, 12, 13)
_NON_INTEGER: Final = 14
_WRITTEN_OUT: Final = 15
_IN_PROGRESS, _TEST, _SPAM = 1, 2, 8
_NOBODY: Final = ("anonymous", "n/a", " N/A", "Unknown")
"""What is written where somebody's id or address should be, also as `0` and `-1`."""


@dataclass(frozen=True)
class Surveyed:
    """The survey vendor's tables, and which responses have which flaw."""

    invitations: pa.Table
    responses: pa.Table
    flaws: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Record:
    """Responses in the making, one entry each: first answers, then those who answered again."""

    of: Ints
    asked: Ints
    responded: Ints
    started: Ints
    literal: Ints
    event: Ints
    status: Ints
    visible: Ints
    flaws: dict[str, Ints]


def record(size: Size, effects: Effects, people: People, story: Story, names: Names) -> Surveyed:
    """Both tables in the order in which they become visible; deterministic from the seed."""
    rng = size.stream("responses")
    dirt = effects.dirt
    rec = _record(rng, size, dirt, story)
    n = len(rec.of)
    response = token_ids("R_2fK", n)
    uninvited = rec.flaws["uninvited"]
    invited_only = np.ones(len(story.asked.survey), dtype=bool)
    invited_only[rec.asked[uninvited]] = False
    invitation = token_ids("CGC_7", len(story.asked.survey))
    table = _responses(rng, size, effects, people, story, names, rec, response, invitation)
    # Somebody who answers again is linked to the last answer.
    answer_of = np.full(len(story.asked.survey), -1, dtype=np.int64)
    answer_of[rec.asked] = np.arange(n)
    invitations = invitation_table(
        *(rng, story.asked, answer_of, rec.visible, invited_only, names, invitation, response),
        manipulation.bounced(size, effects, people, story.asked),
    )
    return Surveyed(invitations, table, {name: picked(response, index) for name, index in rec.flaws.items()})


def _record(rng: np.random.Generator, size: Size, dirt: Dirt, story: Story) -> _Record:
    given = story.given
    first = len(given.asked)
    again = np.sort(rng.permutation(np.flatnonzero(given.responded < END - 11 * DAY))[: size.answers - first])
    of = np.concatenate([np.arange(first), again])
    asked = given.asked[of]
    n = len(of)
    responded = given.responded[of]
    responded[first:] += rng.integers(HOUR, 10 * DAY, len(again))
    literal = given.score[of]
    literal[first:] = np.clip(literal[first:] + rng.integers(-3, 4, len(again)), 0, 10)
    event = story.asked.event[asked]
    # Flaws are drawn from one shuffled list of first answers to invitations, so that none has two of them.
    free = rng.permutation(first)
    flaws: dict[str, Ints] = {"retaken": np.arange(first, n)}
    transactional = event[free] != MISSING

    def take(name: str, share: float, among: Bools | None = None) -> Ints:
        nonlocal free, transactional
        wanted = max(round(n * share), 1)
        eligible = np.flatnonzero(among) if among is not None else np.arange(len(free))
        places = eligible[:wanted]
        flaws[name] = np.sort(free[places])
        free, transactional = np.delete(free, places), np.delete(transactional, places)
        return flaws[name]

    plain = (story.asked.survey[asked[free]] != surveys.SUPPORT) & (
        story.asked.survey[asked[free]] != surveys.PRODUCT
    )
    literal[take("written_out", dirt.written_out, plain)] = _WRITTEN_OUT
    early = take("before_event", dirt.before_event, transactional)
    event[early] = responded[early] + rng.integers(HOUR, 2 * DAY, len(early))
    before = take("before_invitation", dirt.before_invitation)
    responded[before] = story.asked.sent[asked[before]] - rng.integers(HOUR, 2 * DAY, len(before))
    event[before] = np.where(event[before] == MISSING, MISSING, responded[before] - 3 * DAY)
    off = take("off_scale", dirt.off_scale)
    literal[off] = rng.choice(_OFF_SCALE, len(off))
    literal[take("non_integer", dirt.non_integer)] = _NON_INTEGER
    literal[take("unanswered", dirt.unanswered)] = -1
    status = np.zeros(n, dtype=np.int64)
    tests = take("preview_test_or_spam", dirt.preview_test_or_spam)
    status[tests] = rng.choice((_IN_PROGRESS, _TEST, _SPAM), len(tests))
    take("staff", dirt.staff)
    take("uninvited", dirt.uninvited)
    take("without_account", dirt.without_account)
    take("stale_account", dirt.stale_account)
    take("edited", dirt.edited)
    take("served_twice", dirt.served_twice)
    take("partial", dirt.partial)
    visible = responded + rng.integers(1, 180, n)
    future = take("in_future", dirt.in_future)
    responded[future] = seconds(2099, 1, 1) + rng.integers(0, 300 * DAY, len(future))
    late = take("late", dirt.late)
    visible[late] += rng.integers(3 * DAY, 20 * DAY, len(late))
    started = responded - _durations(given, of)
    # Answered on the day of the invitation, and recorded with that date alone.
    dated = take("date_only", dirt.date_only)
    responded[dated] = story.asked.sent[asked[dated]] // DAY * DAY
    started[dated] = responded[dated]
    return _Record(of, asked, responded, started, literal, event, status, visible, flaws)


def _durations(given: Given, of: Ints) -> Ints:
    """Whoever was talked into a nine did not think for long."""
    return np.where(given.persuaded[of], np.minimum(given.duration[of], 25), given.duration[of])


def _responses(
    rng: np.random.Generator,
    size: Size,
    effects: Effects,
    people: People,
    story: Story,
    names: Names,
    rec: _Record,
    response: Column,
    invitation: Column,
) -> pa.Table:
    n = len(rec.of)
    about = story.asked.where(rec.asked)
    mask = {name: _mask(n, index) for name, index in rec.flaws.items()}
    nobody = mask["without_account"]
    # How the survey link carried the identity: contact and account, invitation only, or an e-mail address.
    carried = rng.choice(4, n, p=(0.8, 0.08, 0.07, 0.05))
    detached = mask["uninvited"] | nobody
    staff = mask["staff"]
    account = np.where((carried == 0) | (carried == 3), about.account, -1)
    contact = np.where((carried == 0) & ~staff & ~nobody, about.contact, -1)
    by_email = (carried >= 2) & ~staff & ~nobody
    style = np.where(chosen(rng, n, effects.dirt.untidy_ids), rng.integers(1, 4, n), 0)
    # Links made from Salesforce's own pages carry its short ids.
    linked = np.where((style == 0) & every(n, effects.dirt.short_ids), 4, style)
    account_text = untidy(picked(names.account, np.where(nobody, -1, account)), linked)
    # The id of a system long gone: nobody's, or still beside a contact that leads to the account.
    stranger = (nobody & (rng.random(n) < 0.6)) | mask["stale_account"]
    account_text = text_where(
        stranger, joined("001ZZ", numbers(np.arange(n) + 10**6), "UNKNOWN"), account_text
    )
    own_address = joined("colleague", numbers(np.arange(n) % 97), "@", OWN_DOMAIN)
    employee_address = picked(names.user_email, np.arange(n, dtype=np.int64) % len(names.user_email))
    staff_address = text_where(rng.random(n) < 0.5, own_address, employee_address)
    passer_by = joined("visitor", numbers(np.arange(n)), "@mail.example")
    email = untidy(picked(names.contact_email, np.where(by_email, about.contact, -1)), style)
    email = text_where(staff, untidy(staff_address, style), email)
    email = text_where(nobody & (rng.random(n) < 0.5), passer_by, email)
    third = np.arange(n) % 3
    email = text_where(nobody & (third == 0), picked(_NOBODY, np.arange(n) % len(_NOBODY)), email)
    contact_text = text_where(nobody & (third == 1), "-1", untidy(picked(names.contact, contact), linked))
    invitation_text = untidy(picked(invitation, np.where(detached, -1, rec.asked)), style)
    invitation_text = text_where(detached & (third < 2), "0", invitation_text)
    persuaded = story.given.persuaded[rec.of]
    shared_device = persuaded & (rng.random(n) < effects.overselling.one_device_share)
    device = text_where(shared_device, "device-4711", joined("device-", numbers(about.contact + 10_000)))
    at_counter = manipulation.at_counter(size, effects, people, about, rec.responded)
    device = text_where(at_counter, "device-counter", device)
    language = rng.choice(len(LANGUAGES), n, p=LANGUAGE_SHARES).astype(np.int64)
    partial = mask["partial"] | (rec.literal < 0)
    channel = np.where(rng.random(n) < 0.01, -1, about.channel)
    channel = np.where((channel >= 0) & chosen(rng, n, 0.02), channel + len(CHANNELS), channel)
    ease = np.clip(rec.literal + rng.integers(-2, 3, n), 0, 10)
    ease = np.where((about.survey == surveys.SUPPORT) & (rng.random(n) < 0.9), ease, -1)
    on_time = _on_time(size, effects, people.accounts.onboarding_failed[about.account])
    also = np.where(about.survey == surveys.ONBOARDING, on_time, ease)
    table = pa.table(
        {
            "response_id": response,
            "survey_id": picked([survey.survey_id for survey in SURVEYS], about.survey),
            "status": pa.array(rec.status),
            "is_finished": pa.array(~partial),
            "progress": pa.array(np.where(partial, 60, 100)),
            "duration_seconds": pa.array(rec.responded - rec.started),
            "started_at": moments(rec.started),
            "ended_at": moments(rec.responded),
            "recorded_at": moments(rec.responded),
            "distribution_channel": picked((*CHANNELS, *(c.upper() for c in CHANNELS)), channel),
            "user_language": picked(LANGUAGES, language),
            "external_reference": pa.nulls(n, pa.string()),
            "score_text": picked(_LITERALS, rec.literal),
            "other_score_text": picked(_LITERALS, also),
            "comment": _comments(rng, effects, rec.literal, language, persuaded),
            "invitation_id": invitation_text,
            "account_id": account_text,
            "contact_id": contact_text,
            "email": email,
            "branch_id": untidy(picked(names.branch, np.where(nobody, -1, about.branch)), style),
            "event_at": moments(rec.event),
            "employee_id": picked(names.user, about.employee),
            "device_id": device,
            "visible_at": moments(rec.visible),
        }
    )
    return _with_versions(rng, table, rec)


def _on_time(size: Size, effects: Effects, failed: Bools) -> Ints:
    """How well people were set up in time, 0 to 10; some leave it out (-1)."""
    rng, onboarding = size.stream("on_time"), effects.onboarding
    middle = np.where(failed, onboarding.late, onboarding.in_time)
    said = np.clip(np.rint(rng.normal(middle, onboarding.time_spread)), 0, 10).astype(np.int64)
    return np.where(rng.random(len(failed)) < onboarding.rated_share, said, -1)


def _mask(count: int, index: Ints) -> Bools:
    mask = np.zeros(count, dtype=bool)
    mask[index] = True
    return mask


def _comments(
    rng: np.random.Generator, effects: Effects, literal: Ints, language: Ints, persuaded: Bools
) -> Column:
    texts, places, persuaded_from = catalogue()
    starts = np.zeros((3, len(LANGUAGES)), dtype=np.int64)
    counts = np.zeros_like(starts)
    for place, (start, count) in places.items():
        starts[place], counts[place] = start, count
    band = np.digitize(literal, (7, 9))
    n = len(literal)
    which = starts[band, language] + (rng.random(n) * counts[band, language]).astype(np.int64)
    silent = (rng.random(n) < 0.55) | (literal < 0)
    tells = persuaded & (rng.random(n) < effects.overselling.comment_share)
    told = persuaded_from + rng.integers(0, len(texts) - persuaded_from, n)
    return picked(texts, np.where(tells, told, np.where(silent, -1, which)))


def _with_versions(rng: np.random.Generator, table: pa.Table, rec: _Record) -> pa.Table:
    """An edited answer has an earlier version; a duplicate is the same row twice."""
    edited, twice = rec.flaws["edited"], rec.flaws["served_twice"]
    earlier = table.take(edited)
    first_score = (rec.literal[edited] + rng.integers(1, 11, len(edited))) % 11
    earlier = earlier.set_column(
        earlier.schema.get_field_index("score_text"), "score_text", picked(_LITERALS, first_score)
    )
    visible = rec.visible.copy()
    visible[edited] += rng.integers(DAY, 20 * DAY, len(edited))
    table = table.set_column(table.schema.get_field_index("visible_at"), "visible_at", moments(visible))
    rows = pa.concat_tables([table, earlier, table.take(twice)])
    return rows.sort_by([("visible_at", "ascending"), ("response_id", "ascending")])
