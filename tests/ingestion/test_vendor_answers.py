"""Answers that are JSON and not what a vendor promises: each ends in an error that says what to look at.

Does not belong here: answers that are cut off, late or refused (`test_vendor_faults.py`).
"""

from collections.abc import Callable

import orjson
import pytest

from demo.server import VendorServers
from demo.vendors.faults import Script
from ingestion.errors import LoadError, SourceError
from ingestion.http import VendorClient
from ingestion.load import load_source


def said(**members: object) -> Callable[[bytes], bytes]:
    """Makes every answer these members and nothing else."""
    return lambda _: orjson.dumps(members)


def saying(**members: object) -> Callable[[bytes], bytes]:
    """Makes every answer say this too."""
    return lambda answer: orjson.dumps(orjson.loads(answer) | members)


@pytest.mark.parametrize(
    ("source", "path", "answer", "complaint"),
    [
        ("qualtrics", r"/API/v3/surveys$", said(result={}), "without `result.elements`; check `base_url`"),
        (
            "qualtrics",
            r"/survey-definitions/",
            said(result={}),
            "without `Questions`; check the token's rights",
        ),
        ("salesforce", r"/queryAll", said(done=True), "without `records`; check `api_version`"),
        ("salesforce", r"/queryAll", saying(totalSize=90_000), "announced 90000 records but sent"),
        ("salesforce", r"/oauth2/token", said(), "no `access_token`; check the connected app's client id"),
        ("stripe", r"/v1/customers", said(object="list"), "without `data`; check `base_url`"),
        ("stripe", r"/v1/customers", said(data=[], has_more=True), "does not give the last one's id"),
    ],
)
def test_an_answer_that_is_not_whole_names_what_to_check(
    vendors: VendorServers, source: str, path: str, answer: Callable[[bytes], bytes], complaint: str
) -> None:
    vendors.faults.script(Script(path, times=None, change=answer))
    with pytest.raises(LoadError, match=complaint):
        load_source(source)


def test_credentials_are_not_sent_to_another_host() -> None:
    client = VendorClient("salesforce", "http://127.0.0.1:1", lambda: {"Authorization": "Bearer secret"})
    with pytest.raises(SourceError, match="credentials are not sent to another host"):
        client.get("http://elsewhere.example/next-page")
