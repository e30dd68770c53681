"""Time stamps of an authority (RFC 3161): asking for one over HTTP, and checking it, by `rfc3161-client`.

What an authority answered is kept as it came, so that `openssl ts -verify` checks it too. Belongs here: the
protocol. Does not belong here: what is stamped (`record`), or where it is kept.
"""

from __future__ import annotations

import hashlib
import time
from datetime import datetime
from pathlib import Path

import httpx
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

_SECONDS, _SECONDS_IN_ALL = 20.0, 60.0
_MOST = 2**20


class TimestampError(Exception):
    """There is no valid time stamp; the message says why."""


class UnreachableError(TimestampError):
    """The authority did not answer; it may do so later."""


def certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of authorities that are trusted (PEM). Raises TimestampError."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise TimestampError(f"the certificates {path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise TimestampError(f"{path} holds no certificate (PEM)") from error


def ask(url: str, message: bytes, trusted: list[x509.Certificate]) -> bytes:
    """A time stamp over a message, checked, as the authority sent it.

    Raises TimestampError; UnreachableError if there was no answer.
    """
    request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _posted(url, request.as_bytes())
    _checked(answer, message, trusted, VerifierBuilder.from_request(request))
    return answer


def checked(stamp: bytes, message: bytes, trusted: list[x509.Certificate]) -> datetime:
    """When a message was stamped, by an authority that is trusted. Raises TimestampError."""
    return _checked(stamp, message, trusted, VerifierBuilder())


def is_of(stamp: bytes, message: bytes) -> bool:
    """Whether a stamp says that it is of this message; it is not checked here. Raises TimestampError."""
    said = _decoded(stamp).tst_info.message_imprint.message
    return said in {hashlib.new(name, message).digest() for name in ("sha256", "sha384", "sha512")}


def _checked(
    stamp: bytes, message: bytes, trusted: list[x509.Certificate], builder: VerifierBuilder
) -> datetime:
    if not trusted:
        raise TimestampError("no authority is trusted: name its certificates (PEM)")
    response = _decoded(stamp)
    for each in dict.fromkeys(trusted):
        builder = builder.add_root_certificate(each)
    try:
        builder.build().verify_message(response, message)
    except VerificationError as error:
        raise TimestampError(f"the time stamp is not valid ({error})") from error
    return response.tst_info.gen_time


def _decoded(stamp: bytes) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(stamp)
        response.tst_info.gen_time  # noqa: B018 a refusal has no stamp
    except ValueError as error:
        raise TimestampError(f"this is no time stamp ({error})") from error
    return response


def _posted(url: str, request: bytes) -> bytes:
    """The answer to a request, of limited size and time: an authority is not trusted to end."""
    end, found = time.monotonic() + _SECONDS_IN_ALL, b""
    kind = {"Content-Type": "application/timestamp-query"}
    try:
        with httpx.stream("POST", url, content=request, headers=kind, timeout=_SECONDS) as response:
            response.raise_for_status()
            for part in response.iter_bytes():
                found += part
                if len(found) > _MOST or time.monotonic() > end:
                    raise TimestampError("the answer has no end")
    except httpx.HTTPStatusError as error:
        raise UnreachableError(f"it answered {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreachableError(f"it could not be reached ({type(error).__name__})") from error
    return found
