"""Which answers people have asked to be erased.

Belongs here: requests, and what each of them reaches. Does not belong here: the other rules (`judged.py`).
"""

from __future__ import annotations

from demo.company import World
from demo.truth.definition import SOURCE
from demo.truth.known import NO_MOMENT, Known, current, seconds_of, tidy


class Erasures:
    """All requests known at the clock and made before it, by what they name.

    A request erases the answers given before it: later ones were given in the knowledge of it.
    """

    def __init__(self, world: World, known: Known) -> None:
        self._before: dict[tuple[str, str], int] = {}
        table = current(world.erasures, "erasure_id", known.clock)
        requests = zip(
            seconds_of(table["requested_at"]).tolist(),
            *(table[name].to_pylist() for name in ("source", "response_id", "contact_id", "email")),
            strict=True,
        )
        for requested, source, response, contact, email in requests:
            if requested >= known.clock or tidy(source) not in (None, SOURCE):
                continue
            contact = tidy(contact)
            named = {
                "response": tidy(response),
                "contact": known.contact.get(contact or "", contact),
                "email": tidy(email),
            }
            for kind, key in named.items():
                if key is not None:
                    self._before[kind, key] = max(requested, self._before.get((kind, key), NO_MOMENT))

    def reach(self, given: int, response: str, contacts: frozenset[str], email: str | None) -> bool:
        """Whether a request reaches an answer given at a moment, under any of its names."""
        names = [("response", response), ("email", email), *(("contact", contact) for contact in contacts)]
        return any(given < self._before.get((kind, key or ""), NO_MOMENT) for kind, key in names)
