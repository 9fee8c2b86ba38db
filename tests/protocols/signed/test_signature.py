"""`V2_SHA256`: what is signed, how it is written, and everything that must not pass (sections 2, 6 and 7)."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.cards import Secret
from polygate.protocols.signed import browser_return, signature
from polygate.protocols.signed.signature import Authorization, HeaderMalformed, HeaderMissing, read_header
from tests.protocols.foreign.runtimes import RUNTIMES, openssl
from tests.protocols.signed.examples import (
    ANSWER,
    CREATE,
    EXAMPLES,
    NOTIFICATION,
    RETURN,
    RETURN_PARAMETERS,
    RETURNED_URL,
    SEED,
    Example,
)

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=["seed", "create", "answer", "notification", "return"])

SIGN = SEED.sign
PAIRS = (f"appId={SEED.app_id}", f"sign={SIGN}", f"timestamp={SEED.timestamp}", f"nonce={SEED.nonce}")
HEADER = f"V2_SHA256 {','.join(PAIRS)}"

texts = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=40)
bodies = st.binary(max_size=300)


def passes(example: Example, **changes: Any) -> bool:
    """Whether a message passes as the one that the example's header was made for."""
    parts = example.parts(**changes)
    proof = Authorization(parts["app_id"], parts.get("sign", example.sign), parts["timestamp"], parts["nonce"])
    return signature.is_signed(
        proof, secret=parts["secret"], method=parts["method"], url=parts["url"], body=parts["body"]
    )


@each_example
def test_every_worked_example_is_reproduced(example: Example) -> None:
    """Byte for byte, and the other way round it is accepted."""
    assert signature.signature(**example.parts()) == example.sign
    assert passes(example)


@each_example
def test_openssl_agrees(example: Example) -> None:
    """The command line hashes the seven lines, put together here as the rule says."""
    lines = [example.app_id, example.secret, example.method, example.url, example.timestamp, example.nonce]
    text = "".join(line + "\n" for line in [*lines, example.body])
    assert openssl("dgst", "-sha256", "-r", given=text.encode()).split()[0].decode() == example.sign


@pytest.mark.parametrize("language", RUNTIMES)
@each_example
def test_other_languages_agree(language: str, example: Example) -> None:
    """A program written from the rule alone makes the same sign."""
    assert sign_elsewhere(language, example.parts()) == example.sign


@pytest.mark.parametrize("language", RUNTIMES)
@pytest.mark.parametrize("body", [b"", b"\x00\xff\n", '{"name":"Zoë 商店"}'.encode(), b"x" * 70_000])
def test_other_languages_agree_on_any_bytes(language: str, body: bytes) -> None:
    """No body at all, no UTF-8, non-ASCII text, more than one read."""
    parts = SEED.parts(body=body, url="https://h.example/v2/x?q=ä b".encode())
    assert sign_elsewhere(language, parts) == signature.signature(**parts)


def sign_elsewhere(language: str, parts: dict[str, Any]) -> str:
    question = {
        "appId": parts["app_id"],
        "appSecret": parts["secret"].reveal(),
        "method": parts["method"],
        "url": base64.b64encode(parts["url"]).decode(),
        "timestamp": parts["timestamp"],
        "nonce": parts["nonce"],
        "body": base64.b64encode(parts["body"]).decode(),
    }
    return RUNTIMES[language].run("signed", question)


def test_senders_write_the_header_as_the_sample_does() -> None:
    """This order, one blank, none after the commas."""
    proof = signature.sign(
        app_id=SEED.app_id,
        secret=Secret(SEED.secret),
        method=SEED.method,
        url=SEED.url.encode(),
        now_ms=SEED.now_ms,
        nonce=SEED.nonce,
        body=SEED.body.encode(),
    )
    assert str(proof) == HEADER
    assert read_header(HEADER) == proof


@pytest.mark.parametrize(
    "line",
    [
        HEADER,
        HEADER.replace("V2_SHA256", "v2_sha256"),
        HEADER.replace("V2_SHA256 ", "V2_Sha256    "),
        HEADER.replace(",", " \t,\t "),
        f"  {HEADER}\t",
        f"V2_SHA256 {','.join(reversed(PAIRS))}",
        f"{HEADER},version=3,also-this=x,version=4",
        HEADER.replace(SIGN, SIGN.upper()),
    ],
)
def test_readers_take_more_than_senders_write(line: str) -> None:
    """Any order, blanks around commas, any case of the scheme and of the sign, names of later versions."""
    proof = read_header(line)
    assert (proof.app_id, proof.timestamp, proof.nonce) == (SEED.app_id, SEED.timestamp, SEED.nonce)
    assert signature.is_signed(
        proof, secret=Secret(SEED.secret), method="POST", url=SEED.url.encode(), body=SEED.body.encode()
    )


@pytest.mark.parametrize("lines", [(), ("",), ("  \t",), ("", "")])
def test_no_header_is_missing(lines: tuple[str, ...]) -> None:
    with pytest.raises(HeaderMissing):
        read_header(*lines)


@pytest.mark.parametrize(
    "line",
    [
        "V2_SHA256",
        "V2_SHA256 ",
        "V2_SHA256\t" + ",".join(PAIRS),
        ",".join(PAIRS),
        HEADER.replace("V2_SHA256", "V2_SHA25"),
        HEADER.replace("V2_SHA256", "V2_SHA2567"),
        HEADER.replace("V2_SHA256", "Bearer"),
        *(f"V2_SHA256 {','.join(PAIRS[:at] + PAIRS[at + 1 :])}" for at in range(4)),
        *(f"{HEADER},{pair}" for pair in PAIRS),
        f"{HEADER},nonce=another",
        f"{HEADER},",
        f"{HEADER},,x=1",
        f"{HEADER},x",
        f"{HEADER},x=",
        f"{HEADER},=x",
        f"{HEADER};x=1",
        HEADER.replace("appId=", "appid="),
        HEADER.replace("nonce=", "Nonce="),
        HEADER.replace("appId=", "appId ="),
        HEADER.replace("appId=", "appId= "),
        HEADER.replace("appId=", "appId=="),
        HEADER.replace(f"nonce={SEED.nonce}", f'nonce="{SEED.nonce}"'),
        HEADER.replace(SEED.nonce, "n" * 65),
        HEADER.replace(SEED.nonce, "a.b"),
        HEADER.replace(SEED.nonce, "ñ"),
        HEADER.replace(SEED.nonce, "a\u00a0b"),
        HEADER.replace(SEED.app_id, "a" * 65),
        HEADER.replace(SEED.timestamp, "171567075848"),
        HEADER.replace(SEED.timestamp, "17156707584820"),
        HEADER.replace(SEED.timestamp, "1715670758.48"),
        HEADER.replace(SEED.timestamp, "-715670758482"),
        HEADER.replace(SEED.timestamp, "1.715670758e3"),
        HEADER.replace(SEED.timestamp, "١٧١٥٦٧٠٧٥٨٤٨٢"),
        HEADER.replace(SIGN, SIGN[:-1]),
        HEADER.replace(SIGN, SIGN + "0"),
        HEADER.replace(SIGN, "g" + SIGN[1:]),
        HEADER.replace(SIGN, "0" * 63 + "\uff10"),
        f"{HEADER}, {HEADER}",
        f"{HEADER}\nX: y",
    ],
)
def test_anything_else_is_malformed(line: str) -> None:
    """Scheme, names, values, separators: a name that counts is there exactly once, in its form."""
    with pytest.raises(HeaderMalformed):
        read_header(line)


def test_two_lines_of_the_header_are_malformed() -> None:
    """A proxy might have looked at the other one."""
    for lines in ((HEADER, HEADER), (HEADER, ""), ("", HEADER)):
        with pytest.raises(HeaderMalformed):
            read_header(*lines)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(line: str) -> None:
    """It is read, or refused by one of its two errors."""
    with contextlib.suppress(HeaderMissing, HeaderMalformed):
        read_header(f"V2_SHA256 {line}")


names = st.text("abcdefXYZ0189-_", min_size=1, max_size=64)


@given(names, st.from_regex(r"[0-9A-Fa-f]{64}", fullmatch=True), st.from_regex(r"[0-9]{13}", fullmatch=True), names)
def test_what_is_written_is_read_back(app_id: str, sign: str, timestamp: str, nonce: str) -> None:
    proof = Authorization(app_id, sign, timestamp, nonce)
    assert read_header(str(proof)) == proof


@given(texts, texts, bodies, st.integers(0, 9_999_999_999_999), st.data())
def test_what_was_signed_passes_and_a_flipped_bit_does_not(
    secret: str, url: str, body: bytes, now_ms: int, data: st.DataObject
) -> None:
    """Whichever bit of the address, the body or the sign it is."""
    proof = signature.sign(
        app_id="app", secret=Secret(secret), method="POST", url=url.encode(), now_ms=now_ms, nonce="n", body=body
    )
    sent = {"url": url.encode(), "body": body}

    def accepted(header: Authorization, **changes: bytes) -> bool:
        return signature.is_signed(header, secret=Secret(secret), method="POST", **(sent | changes))

    assert accepted(proof)
    for part, value in sent.items():
        if value:
            at = data.draw(st.integers(0, len(value) * 8 - 1))
            flipped = bytearray(value)
            flipped[at // 8] ^= 1 << at % 8
            assert not accepted(proof, **{part: bytes(flipped)})
    digit = data.draw(st.integers(0, 63))
    other = "0123456789abcdef"[int(proof.sign[digit], 16) ^ 1]
    forged = proof.sign[:digit] + other + proof.sign[digit + 1 :]
    assert not accepted(Authorization(proof.app_id, forged, proof.timestamp, proof.nonce))


ORDERED = json.loads(CREATE.body)
RESERIALIZED = [
    json.dumps(ORDERED, separators=(",", ":")),
    json.dumps(ORDERED, separators=(",", ":"), ensure_ascii=False),
    json.dumps(ORDERED),
    json.dumps(ORDERED, indent=2),
    json.dumps(dict(reversed(ORDERED.items())), separators=(",", ":")).replace("/", r"\/"),
    json.dumps(ORDERED | {"amount": 100.0}, separators=(",", ":")).replace("/", r"\/"),
    json.dumps(ORDERED | {"amount": "100"}, separators=(",", ":")).replace("/", r"\/"),
    CREATE.body + "\n",
    CREATE.body + " ",
    "\ufeff" + CREATE.body,
    CREATE.body.replace("Asha", r"\u0041sha"),
    CREATE.body.replace(r"\/", "/", 1),
    CREATE.body[:-1],
    "",
]


@pytest.mark.parametrize("body", RESERIALIZED)
def test_a_body_written_anew_is_refused(body: str) -> None:
    """Same meaning or not: other order, blanks, escapes of slashes and letters, forms of numbers, a cut end."""
    assert not passes(CREATE, body=body.encode())


def test_escapes_of_slashes_and_letters_pass_as_they_were_sent() -> None:
    """What known clients send; the same body in another Unicode form is another one."""
    escaped = rb'{"url":"https:\/\/a.example\/","name":"Zo\u00eb"}'
    composed, decomposed = '{"name":"Zoë"}'.encode(), '{"name":"Zoe\u0308"}'.encode()
    for body in (escaped, composed, decomposed):
        sign = signature.signature(**SEED.parts(body=body))
        assert passes(SEED, body=body, sign=sign)
        assert all(
            not passes(SEED, body=other, sign=sign) for other in (escaped, composed, decomposed) if other != body
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"method": "post"},
        {"url": CREATE.url.replace("/pg/v2", "/v2").encode()},
        {"url": CREATE.url.replace("https", "http").encode()},
        {"url": CREATE.url.replace("gateway.", "gateway2.").encode()},
        {"url": CREATE.url.replace("create", "query").encode()},
        {"url": f"{CREATE.url}/".encode()},
        {"url": f"{CREATE.url}?".encode()},
        {"url": f"{CREATE.url}#x".encode()},
        {"url": b"/pg/v2/payment/create"},
        {"timestamp": str(CREATE.now_ms + 1)},
        {"nonce": CREATE.nonce.upper()},
        {"app_id": SEED.app_id},
        {"secret": Secret(SEED.secret)},
        {"secret": Secret(CREATE.secret.upper())},
        {"secret": Secret("")},
    ],
)
def test_every_other_part_is_signed_too(changes: dict[str, Any]) -> None:
    """Method, prefix, scheme, host, path, time, the nonce's case, the app and its secret."""
    assert not passes(CREATE, **changes)


def test_lines_cannot_trade_places() -> None:
    """A line feed inside one part would let two messages share a text, so the header's grammar has none."""
    shifted = SEED.parts(nonce=f"{SEED.nonce}\n{SEED.body}"[:64], body=b"")
    with pytest.raises(HeaderMalformed):
        read_header(f"V2_SHA256 appId=a,sign={SIGN},timestamp={SEED.timestamp},nonce={shifted['nonce']}")


@pytest.mark.parametrize(("off_ms", "timely"), [(0, True), (300_000, True), (300_001, False)])
def test_the_clock_may_be_five_minutes_off_either_way(off_ms: int, timely: bool) -> None:
    proof = read_header(HEADER)
    assert proof.is_timely(SEED.now_ms + off_ms) is timely
    assert proof.is_timely(SEED.now_ms - off_ms) is timely


def test_the_candidate_that_was_signed_is_told() -> None:
    """It is what the answer will be signed with."""
    proof = Authorization(CREATE.app_id, CREATE.sign.upper(), CREATE.timestamp, CREATE.nonce)
    known: dict[str, Any] = {"secret": Secret(CREATE.secret), "method": "POST", "body": CREATE.body.encode()}
    urls = [b"http://inside:8080/pg/v2/payment/create", CREATE.url.encode(), b"https://x.example/"]
    assert signature.signed_url(proof, urls=urls, **known) == CREATE.url.encode()
    assert signature.signed_url(proof, urls=[urls[0], urls[2]], **known) is None
    assert signature.signed_url(proof, urls=[], **known) is None


def test_notifications_carry_these_headers() -> None:
    """Sections 2.7 and 7.1, with the worked notification's own time and nonce."""
    headers = signature.notification_headers(
        NOTIFICATION.body.encode(),
        app_id=NOTIFICATION.app_id,
        secret=Secret(NOTIFICATION.secret),
        notify_url=NOTIFICATION.url,
        now_ms=NOTIFICATION.now_ms,
        nonce=NOTIFICATION.nonce,
    )
    assert headers == {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Authorization": f"V2_SHA256 appId={NOTIFICATION.app_id},sign={NOTIFICATION.sign},"
        f"timestamp={NOTIFICATION.timestamp},nonce={NOTIFICATION.nonce}",
        "User-Agent": "Gateway-Notify/2",
    }


def test_an_answer_proves_itself_for_its_own_question_only() -> None:
    """It is signed with the question's address: for another one it is worth nothing."""
    assert passes(ANSWER)
    assert not passes(ANSWER, url=ANSWER.url.replace("create", "query").encode())


def signed_return(url: str, parameters: dict[str, str] = RETURN_PARAMETERS) -> str:
    return browser_return.signed_return(
        url,
        parameters,
        app_id=RETURN.app_id,
        secret=Secret(RETURN.secret),
        now_ms=RETURN.now_ms,
        nonce=RETURN.nonce,
    )


def verified(
    url: str, return_url: str = RETURN.url, *, app_id: str = RETURN.app_id, secret: str = RETURN.secret
) -> Any:
    return browser_return.verified_return(url, return_url=return_url, app_id=app_id, secret=Secret(secret))


def test_the_browser_redirect_is_reproduced() -> None:
    """Section 6: our parameters after the merchant's own, and the proof last."""
    assert signed_return(RETURN.url) == RETURNED_URL
    assert verified(RETURNED_URL) == RETURN_PARAMETERS
    assert verified(RETURNED_URL.partition("example.com")[2]) == RETURN_PARAMETERS


@pytest.mark.parametrize(
    ("url", "start", "end"),
    [
        ("https://m.example/r", "https://m.example/r?paymentNo=", ""),
        ("https://m.example", "https://m.example?paymentNo=", ""),
        ("https://m.example/r?", "https://m.example/r?paymentNo=", ""),
        ("https://m.example/r?a=1&", "https://m.example/r?a=1&paymentNo=", ""),
        ("https://m.example/r?a=1#top", "https://m.example/r?a=1&paymentNo=", "#top"),
        ("https://m.example/#/shop?x", "https://m.example/?paymentNo=", "#/shop?x"),
        ("https://m.example/r?appId=7&paymentNo=9", "https://m.example/r?appId=7&paymentNo=9&paymentNo=", ""),
    ],
)
def test_redirects_keep_what_the_merchant_wrote(url: str, start: str, end: str) -> None:
    """An own query comes first and a fragment last, both to the character; what comes back is ours alone."""
    returned = signed_return(url)
    assert returned.startswith(start)
    assert returned.endswith(end)
    assert re.search(r"&appId=\w+&timestamp=\d{13}&nonce=\w+&sign=[0-9a-f]{64}" + re.escape(end) + "$", returned)
    assert verified(returned, url) == RETURN_PARAMETERS


@given(st.dictionaries(st.sampled_from(list(RETURN_PARAMETERS)), st.text(st.characters(codec="utf-8")), min_size=1))
def test_any_text_comes_back_as_it_was(parameters: dict[str, str]) -> None:
    """Ampersands, equals signs, blanks, plus signs, other alphabets, even a proof inside a value."""
    assert verified(signed_return(RETURN.url, parameters)) == parameters


@pytest.mark.parametrize(
    "url",
    [
        RETURNED_URL.replace("status=PAID", "status=FAILED"),
        RETURNED_URL.replace("amount=100.00", "amount=1000.00"),
        RETURNED_URL.replace("cart%3D77", "cart%3d77"),
        RETURNED_URL.replace("paymentNo=", "extra=1&paymentNo="),
        RETURNED_URL.replace("&currency=INR&status=PAID", "&status=PAID&currency=INR"),
        RETURNED_URL.replace(RETURN.sign, CREATE.sign),
        RETURNED_URL.replace(f"&sign={RETURN.sign}", ""),
        RETURNED_URL.partition("&appId=")[0],
        RETURN.url,
        "https://merchant.example.com/return",
        "",
    ],
)
def test_a_changed_redirect_is_refused(url: str) -> None:
    assert verified(url) is None


def test_a_redirect_belongs_to_one_app_and_one_address() -> None:
    assert verified(RETURNED_URL, app_id=SEED.app_id) is None
    assert verified(RETURNED_URL, secret=SEED.secret) is None
    assert verified(RETURNED_URL, RETURN.url.replace("https", "http")) is None
