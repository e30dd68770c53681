"""A Qualtrics with as many answers and invitations as asked for, all made up while they are sent.

Its own memory does not grow with them, and it works for nobody but a loader: no faults, no clock, no cursors.
Belongs here: the server. Does not belong here: what is measured with it (`memory.py`), a company that means
something (`demo/vendors`).
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import IO, Any, Final
from urllib.parse import parse_qs, urlsplit

_SURVEY: Final = "SV_Canned0000001"
_ANSWERS: Final = f"/API/v3/surveys/{_SURVEY}/export-responses"
_PAGE: Final = 5_000
_WRITTEN: Final = 10_000
ANSWER: Final = (
    '{"responseId":"R_%(at)012d","values":{"startDate":"%(on)s","endDate":"%(on)s","recordedDate":"%(on)s",'
    '"lastModifiedDate":"%(on)s","status":0,"progress":100,"duration":61,"finished":1,'
    '"distributionChannel":"email","userLanguage":"EN","QID1":%(score)d,'
    '"QID2_TEXT":"Answer %(at)d: it took days to get an appointment, then all was well.",'
    '"AccountId":"A%(at)07d","ContactId":"C%(at)07d","Email":"c%(at)d@example.org",'
    '"InvitationId":"I_%(at)012d"},"labels":{},"displayedFields":[],"displayedValues":{}}'
)
_INVITATION: Final = (
    '{"id":"I_%(at)012d","contactId":"C%(at)07d","distributionId":"EMD_1","status":"SurveyFinished",'
    '"responseId":"R_%(at)012d","responseStartedAt":"%(on)s","responseCompletedAt":"%(on)s","sentAt":"%(on)s",'
    '"openedAt":"%(on)s","contact":{"email":"c%(at)d@example.org"},"distributionChannel":"email"}'
)
_QUESTIONS: Final = {
    "QID1": {
        "QuestionID": "QID1",
        "QuestionText": "How likely are you to recommend us?",
        "QuestionType": "MC",
        "Selector": "NPS",
        "Choices": [{"Display": str(score)} for score in range(11)],
        "ChoiceOrder": [str(score) for score in range(11)],
    },
    "QID2": {"QuestionID": "QID2", "QuestionText": "Why?", "QuestionType": "TE", "Selector": "ML"},
}
_CREATED: Final = "2022-01-03T09:00:00Z"


@contextmanager
def canned(answers: int, invitations: int) -> Iterator[dict[str, str]]:
    """The settings of a loader that is to read it."""
    with tempfile.TemporaryFile() as export:
        _write_export(export, answers)

        class Vendor(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._say({"progressId": "ES_1", "status": "inProgress"})

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                if asked.path == f"{_ANSWERS}/1/file":
                    self._send_export()
                elif asked.path == "/API/v3/distributions/EMD_1/history":
                    start = int(parse_qs(asked.query).get("skip", ["0"])[0])
                    end = min(start + _PAGE, invitations)
                    records = ",".join(_record(_INVITATION, at) for at in range(start, end))
                    following = f'"{asked.path}?skip={end}"' if end < invitations else "null"
                    self._send(f'{{"result":{{"elements":[{records}],"nextPage":{following}}}}}'.encode())
                else:
                    self._say(_said(asked.path))

            def _say(self, result: dict[str, Any]) -> None:
                self._send(json.dumps({"result": result}, separators=(",", ":")).encode())

            def _send(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _send_export(self) -> None:
                export.seek(0, 2)
                self.send_response(200)
                self.send_header("Content-Length", str(export.tell()))
                self.end_headers()
                export.seek(0)
                while chunk := export.read(1 << 20):
                    self.wfile.write(chunk)

            def log_message(self, *_: Any) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Vendor) as server:
            server.daemon_threads = True
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            yield {
                "SOURCES__QUALTRICS__BASE_URL": f"http://127.0.0.1:{server.server_port}",
                "SOURCES__QUALTRICS__API_TOKEN": "a-token",
            }
            server.shutdown()


def _said(path: str) -> dict[str, Any]:
    survey = {"id": _SURVEY, "name": "Canned", "lastModified": _CREATED, "isActive": True}
    said: dict[str, dict[str, Any]] = {
        "/API/v3/surveys": {"elements": [survey], "nextPage": None},
        f"/API/v3/survey-definitions/{_SURVEY}": {"LastModified": _CREATED, "Questions": _QUESTIONS},
        "/API/v3/distributions": {
            "elements": [{"id": "EMD_1", "sendDate": _CREATED}],
            "nextPage": None,
        },
        f"{_ANSWERS}/ES_1": {"status": "complete", "fileId": "1", "percentComplete": 100},
    }
    return said[path]


def _write_export(file: IO[bytes], answers: int) -> None:
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("canned.ndjson", "w", force_zip64=True) as member,
    ):
        for start in range(0, answers, _WRITTEN):
            lines = (_record(ANSWER, at) for at in range(start, min(start + _WRITTEN, answers)))
            member.write("".join(f"{line}\n" for line in lines).encode())


def _record(form: str, at: int) -> str:
    on = f"2024-{at // 2_419_200 % 12 + 1:02}-{at // 86_400 % 28 + 1:02}"
    on += f"T{at // 3_600 % 24:02}:{at // 60 % 60:02}:{at % 60:02}Z"
    return form % {"at": at, "on": on, "score": at % 11}
