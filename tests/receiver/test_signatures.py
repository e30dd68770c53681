"""Signatures: each is verified as vectors from outside this project have it, and any change is refused."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

import orjson
import pytest

from demo import webhooks
from demo.webhooks import Post
from receiver import senders
from receiver.answers import REPLAY_SECONDS
from receiver.senders import MalformedError, UnsignedError

SENT = 1_614_265_330
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = {
    "answers": {"secret": SECRET},
    "qualtrics": {"shared_key": "kyma4ever"},
    "surveymonkey": {"client_id": "id", "client_secret": "secret"},
    "typeform": {"secret": "open sesame"},
}
ANSWER = {"response_id": "R1", "score": 9, "responded_at": "2026-01-01T00:00:00Z"}
POSTS = {
    "answers": webhooks.answer(ANSWER, SECRET, SENT),
    "qualtrics": webhooks.qualtrics("SV_1", "R_1", "kyma4ever"),
    "surveymonkey": webhooks.surveymonkey("1", "2", "id", "secret"),
    "typeform": webhooks.typeform("lT4Z3j", "a3a12ec67a1365927098a606107fac15", 9, "open sesame"),
}
# The vector of the Standard Webhooks project's own tests.
STANDARD = Post(
    "/events/answers",
    {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": str(SENT),
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    b'{"test": 2432232314}',
)
# An event that Qualtrics sent in 2019, from the tests of kyma-incubator/connector-tools (Apache-2.0).
RECORDED = Post(
    "/events/qualtrics",
    {},
    urlencode(
        {
            "Topic": "sapdevelopment.surveyengine.completedResponse.SV_1AmkKSDmoZ4XlQx",
            "HMAC": "c2c585a404c239aa3063b462cc33551d3ed3ed2de0899f58d456fc0ef7ebef6f"
            "3c3af44957989bd0592603e41edde9528f7d9ed09ee128bf719aa12f46e5c598",
            "MSG": '{"Status":"Complete","SurveyID":"SV_1AmkKSDmoZ4XlQx","ResponseID":"R_0B7IcnXszjEUHLP",'
            '"CompletedDate":"2019-06-25 07:58:25","BrandID":"sapdevelopment"}',
        }
    ).encode(),
)


def verify(name: str, post: Post, now: float = SENT, secrets: Mapping[str, str] | None = None) -> None:
    senders.known()[name].verify(secrets or SECRETS[name], post.headers, post.body, now)


@pytest.mark.parametrize(("name", "post"), [("answers", STANDARD), ("qualtrics", RECORDED)])
def test_a_vector_from_outside_is_verified(name: str, post: Post) -> None:
    verify(name, post)


@pytest.mark.parametrize("name", POSTS)
def test_what_the_vendor_signs_is_verified_and_what_differs_is_not(name: str) -> None:
    post = POSTS[name]
    verify(name, post)
    for at in range(0, len(post.body), 7):
        changed = bytearray(post.body)
        changed[at] ^= 1
        if name == "qualtrics" and post.body[:at].count(b"MSG=") == 0:
            continue  # the topic is not signed, and the signature itself is changed below
        with pytest.raises(UnsignedError):
            verify(name, replace(post, body=bytes(changed)))
    for secret in SECRETS[name]:
        other = SECRETS[name] | {secret: SECRETS[name][secret][:-1] + "A"}
        with pytest.raises(UnsignedError):
            verify(name, post, secrets=other)


@pytest.mark.parametrize("name", ["answers", "surveymonkey", "typeform"])
@pytest.mark.parametrize(
    "given", ["", "é", "v1,", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "sha256="]
)
def test_another_signature_is_refused(name: str, given: str) -> None:
    [header] = [header for header in POSTS[name].headers if header.endswith("signature")]
    with pytest.raises(UnsignedError):
        verify(name, replace(POSTS[name], headers=POSTS[name].headers | {header: given}))


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"MSG=%7B%7D", b"MSG=%7B%7D&HMAC=00", b"&".join([b"a=1"] * 30)]
)
def test_a_form_without_a_signature_is_refused(body: bytes) -> None:
    with pytest.raises(UnsignedError):
        verify("qualtrics", replace(RECORDED, body=body))


@pytest.mark.parametrize("late", [REPLAY_SECONDS + 1, -REPLAY_SECONDS - 1])
def test_an_old_post_is_not_taken_again(late: int) -> None:
    verify("answers", STANDARD, SENT + late - (1 if late > 0 else -1))
    with pytest.raises(UnsignedError, match="300 seconds"):
        verify("answers", STANDARD, SENT + late)


@pytest.mark.parametrize("sent", ["", "soon", "-1", "1e9", "١٦١٤٢٦٥٣٣٠"])
def test_a_time_that_is_none_is_refused(sent: str) -> None:
    with pytest.raises(UnsignedError):
        verify("answers", replace(STANDARD, headers=STANDARD.headers | {"webhook-timestamp": sent}))


def test_one_of_several_signatures_is_enough() -> None:
    several = "v1,AAAA " + STANDARD.headers["webhook-signature"] + " v1a,BBBB"
    verify("answers", replace(STANDARD, headers=STANDARD.headers | {"webhook-signature": several}))


def test_a_secret_that_goes_on_otherwise_than_it_begins_is_a_mistake() -> None:
    flaw = senders.known()["answers"].flaw
    assert "base64" in flaw("whsec_not base64")
    assert not flaw(SECRET)
    assert not flaw("any other text")


@pytest.mark.parametrize("name", POSTS)
def test_an_event_is_kept_as_it_was_sent_on_one_line(name: str) -> None:
    line = senders.known()[name].line(POSTS[name].body)
    assert b"\n" not in line
    if name == "qualtrics":
        assert orjson.loads(line)["message"]["ResponseID"] == "R_1"
    else:
        assert line == POSTS[name].body


def test_line_ends_between_tokens_become_spaces_and_those_in_texts_stay() -> None:
    body = b'\r\n{"response_id": "R1",\r\n "responded_at": "2026-01-01", "comment": "a\\nb\\u2028c"}\n'
    line = senders.known()["answers"].line(body)
    assert b"\n" not in line
    assert b"\r" not in line
    assert orjson.loads(line) == orjson.loads(body)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"a": NaN}', 400),
        (b'"\xff"', 400),
        (b'{"comment": "a\nb"}', 400),
        (b"[]", 422),
        (b"null", 422),
        (b'{"response_id": "", "responded_at": "2026-01-01"}', 422),
        (b'{"response_id": "R1", "responded_at": null}', 422),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(MalformedError) as error:
        senders.known()["answers"].line(body)
    assert error.value.status == status


def test_an_encrypted_message_is_refused_with_the_remedy() -> None:
    with pytest.raises(MalformedError, match="encrypt = false"):
        senders.known()["qualtrics"].line(b"Topic=t&MSG=U2FsdGVkX18")
