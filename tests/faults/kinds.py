"""The faults: how a vendor is made to fail, and how a load ends under it.

Belongs here: faults that every vendor has. Does not belong here: where a vendor differs (`vendors.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from demo.server import VendorServers
from demo.vendors import faults, scripts
from tests.faults.outcomes import Outcome
from tests.faults.vendors import Vendor

Begin = Callable[[VendorServers, Vendor], Sequence[faults.Script]]


@dataclass(frozen=True)
class Kind:
    """A fault. `begin` makes the vendor fail, and returns the scripts that must have been met; `complaint` is
    what a load that fails says."""

    name: str
    meaning: str
    begin: Begin
    outcome: Outcome = Outcome.SAME_LOAD
    complaint: str = ""

    def outcome_at(self, vendor: Vendor) -> Outcome:
        """How a load ends at this vendor."""
        return vendor.unlike.get(self.name, self.outcome)


def _each(fault: faults.Fault) -> Begin:
    def begin(servers: VendorServers, _vendor: Vendor) -> Sequence[faults.Script]:
        servers.faults.each = fault
        return ()

    return begin


def _scripted(script: Callable[[Vendor], faults.Script]) -> Begin:
    def begin(servers: VendorServers, vendor: Vendor) -> Sequence[faults.Script]:
        made = script(vendor)
        servers.faults.script(made)
        return (made,)

    return begin


def _expired(vendor: Vendor) -> faults.Script:
    """A token that can be renewed expires once, any other one for good."""
    is_renewed = vendor.unlike.get("token expires") is Outcome.SAME_LOAD
    return scripts.refused(vendor.listed, 401, after=1, times=1 if is_renewed else None)


def _time_passes(servers: VendorServers, vendor: Vendor) -> Sequence[faults.Script]:
    """After the first page a month passes: records come, change and go while others are read."""

    def a_month_on(body: bytes) -> bytes:
        servers.clock.advance(30)
        return body

    script = faults.Script(vendor.listed, change=a_month_on)
    servers.faults.script(script)
    return (script,)


NEXT, SAME = Outcome.NEXT_LOAD, Outcome.SAME_LOAD
KINDS: Final = (
    Kind("throttled", "each request is refused once, with the vendor's headers", _each("throttled")),
    Kind("server error", "each request is answered 500 once", _each("failed")),
    Kind(
        "time-out",
        "the list is answered too late twice",
        _scripted(lambda each: faults.Script(each.listed, times=2, is_late=True)),
    ),
    Kind("connection reset", "each connection is reset once", _each("reset")),
    Kind("truncated", "each body ends early once", _each("cut_off")),
    Kind("malformed", "each body is spoilt in its middle once", _each("malformed")),
    Kind(
        "outage",
        "the list answers 503 and stays away",
        _scripted(lambda each: scripts.refused(each.listed, 503, times=None)),
        NEXT,
        "answered 503",
    ),
    Kind(
        "token expires",
        "from the second page on, the credential is not accepted, unless it is renewed",
        _scripted(_expired),
        NEXT,
        "credentials",
    ),
    Kind(
        "repeated page",
        "the second page is the first one again",
        _scripted(lambda each: each.repeated(each.listed)),
        NEXT,
        "a second time",
    ),
    Kind(
        "looping cursor",
        "every page is the first and says that there are more",
        _scripted(lambda each: scripts.looping_cursor(each.listed)),
        NEXT,
        "a second time",
    ),
    Kind(
        "duplicate across pages",
        "the last record of a page is the first of the next one too",
        _scripted(lambda each: scripts.duplicated_record(each.listed)),
    ),
    Kind(
        "deletion between pages",
        "a record that was read is deleted: what follows moves up, or its cursor is refused",
        _scripted(lambda each: each.deleted(each.listed)),
        NEXT,
        "answered 400",
    ),
    Kind("shifted pages", "a month passes after a page: records come, change and go", _time_passes),
    Kind(
        "new field",
        "every record has a field that nobody knows",
        _scripted(lambda each: scripts.new_field(each.listed, "colour", "red")),
    ),
    Kind(
        "changed type",
        "a needed field comes as a number or a text, whichever it was not",
        _scripted(lambda each: scripts.changed_type(*each.needed, 7)),
        Outcome.QUARANTINED,
    ),
    Kind(
        "missing field",
        "a needed field is gone from every record",
        _scripted(lambda each: scripts.missing_field(*each.needed)),
        NEXT,
        "came without",
    ),
)


def _told(path: str, **members: object) -> Begin:
    """Answers at an address say something else of a job."""

    def say(body: bytes) -> bytes:
        return orjson.dumps(orjson.loads(body) | members)

    return _scripted(lambda _: faults.Script(path, times=None, change=say))


_JOB: Final = r"/jobs/query/[^/]+$"
#: What only a job can do.
OF_JOBS: Final = (
    Kind(
        "job refused",
        "no job can be made: the day's are used up",
        _scripted(lambda _: scripts.refused(r"/jobs/query$", 403, times=None)),
        NEXT,
        "answered 403",
    ),
    Kind(
        "state unknown",
        "the state of a job is answered 503 twice",
        _scripted(lambda _: scripts.refused(_JOB, 503, times=2)),
    ),
    Kind(
        "job failed",
        "Salesforce says that the job has failed",
        _told(_JOB, state="Failed", errorMessage="InternalServerError"),
        NEXT,
        "the job is Failed: InternalServerError",
    ),
    Kind("job aborted", "somebody ends the job", _told(_JOB, state="Aborted"), NEXT, "the job is Aborted"),
    Kind(
        "results expired",
        "the results of a job are gone after their first page",
        _scripted(lambda each: scripts.refused(each.listed, 404, after=1, times=None)),
        NEXT,
        "answered 404",
    ),
    Kind(
        "results cut short",
        "the job has found more records than its pages give",
        _told(_JOB, numberRecordsProcessed=10**6),
        NEXT,
        "of a job that has 1000000",
    ),
)
