"""A digest as text, as HTML for e-mail, and as the messages of Slack and Teams.

Belongs here: form and words. Does not belong here: what is said (`saying`), or sending it (`delivery`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from publication import wording
from serving.digest.saying import Digest

#: So many rows of a kind are shown; the others are counted.
MOST = 15
#: What a block of Slack holds.
_BLOCK = 3000
_TEMPLATES = Path(__file__).with_name("templates")
_WORDS = {
    name: getattr(wording, name)
    for name in (
        "one_decimal",
        "interval",
        "signed",
        "probability",
        "count",
        "percentage",
        "remark",
        "period",
    )
}


def subject(said: Digest) -> str:
    """One line: the company's first score, and how much there is to read."""
    beyond = f"{len(said.changes)} changes beyond noise" if said.changes else "no change beyond noise"
    first = next(
        (row for row in said.figures if row["segment"] == "company" and row["nps"] is not None), None
    )
    score = f"{wording.one_decimal(first['nps'])} ({first['survey_type']}), " if first else ""
    return f"NPS as of {said.manifest.as_of}: {score}{beyond}"


def text(said: Digest) -> str:
    """For people who read plain text."""
    return _rendered("digest.txt", said, autoescape=False)


def html(said: Digest) -> str:
    """For e-mail: no picture, no script, nothing that is fetched."""
    return _rendered("digest.html", said, autoescape=True)


def slack(said: Digest) -> dict[str, Any]:
    """A message for an incoming webhook of Slack. Plain text: nothing in a name is markup or a mention."""
    lines = text(said)
    parts = [lines[at : at + _BLOCK] for at in range(0, len(lines), _BLOCK)]
    return {
        "text": subject(said),
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": part, "emoji": False}}
            for part in parts
        ],
    }


def teams(said: Digest) -> dict[str, Any]:
    """A message for a webhook of Teams: an Adaptive Card of runs of text, which have no markup."""
    body = [
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]}
        for line in text(said).splitlines()
        if line
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _rendered(template: str, said: Digest, *, autoescape: bool) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_WORDS)
    return environment.get_template(template).render(said=said, most=MOST, subject=subject(said))
