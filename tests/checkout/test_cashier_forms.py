"""What may be posted to the hosted page, and what is said about everything else."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polygate.core.transitions import PaymentState
from polygate.store.contract import Busy, Change, Unavailable
from tests.checkout.payer import BASE_URL, GOOD, NO_FUNDS, Payer, card_fields

pytestmark = pytest.mark.anyio


async def test_each_wrong_field_has_its_own_message(payer: Payer) -> None:
    """422, a message beside each field that the field points to, the first of them in focus, a summary of all."""
    payment, url = await payer.checkout()

    page = await payer.pay(url, "4444333322221112", expiry="01 / 20", cvc="12", name=" ")

    assert page.status_code == 422
    for field, message in {
        "number": "This card number is not right. Check each digit.",
        "expiry": "This card has expired. Use another card.",
        "code": "The security code of this card has 3 digits.",
        "name": "Enter the name on the card.",
    }.items():
        assert f'<p class="problem" id="{field}-problem">{message}</p>' in page.text
        assert f'<li><a href="#{field}">{message}</a></li>' in page.text
        tag = re.search(rf'<input id="{field}"[^>]*>', page.text)
        assert tag is not None
        assert f'aria-describedby="{field}-problem' in tag[0]
        assert 'aria-invalid="true"' in tag[0]
        assert ("autofocus" in tag[0]) == (field == "number")
    assert 'role="alert"' in page.text
    assert (await payer.now(payment)).state is PaymentState.CREATED


async def test_only_the_name_is_filled_in_again(payer: Payer) -> None:
    """Neither number nor security code ever comes back; a number typed into the name's field does not either."""
    _, url = await payer.checkout()

    kept = await payer.pay(url, GOOD, cvc="98765", name="Amy 'A' <Lee>")
    assert 'value="Amy &#39;A&#39; &lt;Lee&gt;"' in kept.text
    assert GOOD not in kept.text
    assert "98765" not in kept.text

    misplaced = await payer.pay(url, "", name=GOOD)
    assert GOOD not in misplaced.text
    assert "Enter the name as it is printed on the card." in misplaced.text


async def test_a_form_posted_twice_at_once_is_charged_once(payer: Payer) -> None:
    """A double click: both browsers' answers lead to the same page, and one charge was made."""
    payment, url = await payer.checkout()

    answers = await asyncio.gather(*(payer.pay(url) for _ in range(8)))

    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, url)}
    attempts = await payer.context.reads.attempts(payment.merchant_id, payment.payment_id)
    assert len(attempts) == 1
    assert (await payer.now(payment)).state is PaymentState.CAPTURED


async def test_a_form_posted_after_the_end_leads_to_the_result(payer: Payer) -> None:
    """Also one with mistakes: there is nothing left to mend."""
    _, url = await payer.checkout()
    await payer.pay(url)

    for number in (GOOD, "1"):
        late = await payer.pay(url, number)
        assert (late.status_code, late.headers["location"]) == (303, url)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site", "origin": BASE_URL}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({}, True),
        ({"origin": "null"}, True),
        ({"origin": BASE_URL}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "http://pay.example.evil.example"}, False),
        ({"origin": "https://localhost:8080", "host": "localhost:8080"}, True),
        ({"origin": "rubbish"}, False),
    ],
)
async def test_other_sites_cannot_post_here(payer: Payer, headers: dict[str, str], allowed: bool) -> None:
    """Browsers tell where a form comes from. `null` is what our own pages send, which tell nobody where they are."""
    payment, url = await payer.checkout()

    canceled = await payer.http.post(url.replace("cashier.html", "cancel"), headers=headers)
    paid = await payer.pay(url, NO_FUNDS, headers=headers)

    assert {canceled.status_code, paid.status_code} == ({303} if allowed else {403})
    expected = PaymentState.CANCELED if allowed else PaymentState.CREATED
    assert (await payer.now(payment)).state is expected


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"", "", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
        (b"a" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a=1" for _ in range(1_000)), "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 422),
        (b"name=%00", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe=%ff&%01=%01", "application/x-www-form-urlencoded; charset=utf-16", 422),
        (
            b"name=%01%ED%A0%80&card_number=\xc2\xb2&expiry=%D9%A1&cvc=%C2%B2%C2%B2%C2%B2",
            "Application/X-WWW-Form-Urlencoded",
            422,
        ),
    ],
)
async def test_rubbish_is_answered_with_a_page(payer: Payer, content: bytes, content_type: str, status: int) -> None:
    """Never an error of ours, and never a charge."""
    payment, url = await payer.checkout()

    answer = await payer.http.post(url, content=content, headers={"content-type": content_type})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"]
    assert status == 422 or f'href="cashier.html?{url.partition("?")[2]}"' in answer.text
    assert (await payer.now(payment)).state is PaymentState.CREATED


async def test_no_text_in_a_field_is_a_fault_of_ours(payer: Payer) -> None:
    """Whatever is typed, the page comes back with messages, or the card is charged."""
    _, url = await payer.checkout(front_url="")
    texts = st.text(max_size=40)

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries(dict.fromkeys(card_fields(), texts)))
    def typed(form: dict[str, str]) -> None:
        forms.append(form)

    forms: list[dict[str, str]] = []
    await asyncio.to_thread(typed)
    for form in forms:
        answer = await payer.http.post(
            url,
            content="&".join(f"{k}={_escaped(v)}" for k, v in form.items()).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code in ({400} if any("\0" in text for text in form.values()) else {303, 422})


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode(errors="surrogatepass"))


@pytest.mark.parametrize("error", [Busy("full"), Unavailable("down")])
async def test_a_store_that_cannot_answer_is_told_in_words(
    payer: Payer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """503 with the promise that nothing is charged twice, and a way to look again; then it works."""
    payment, url = await payer.checkout()

    async def refuse(_: Change) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(payer.context.store, "submit", refuse)
        paid = await payer.pay(url)
        canceled = await payer.http.post(url.replace("cashier.html", "cancel"))

    for answer in (paid, canceled):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert "can only be charged once" in answer.text
        again = re.search(r'class="primary" href="([^"]+)"', answer.text)
        assert again is not None
        assert str(answer.url.join(again[1])) == url
    assert (await payer.now(payment)).state is PaymentState.CREATED
    assert "Payment successful" in (await payer.arrive(await payer.pay(url))).text


async def test_a_card_is_remembered_masked(payer: Payer) -> None:
    """With its expiry and the name as typed, blanks put in order."""
    payment, url = await payer.checkout()

    await payer.pay(url, name="  Anna  Maria   Lee ")

    kept = (await payer.now(payment)).card
    assert kept is not None
    assert (kept.masked, kept.holder, kept.expiry_month, kept.expiry_year) == (
        "444433******1111",
        "Anna Maria Lee",
        12,
        2030,
    )


async def test_no_card_number_is_stored(payer: Payer, tmp_path: Path) -> None:
    """Neither the database file nor its log holds a number or a security code, declined or approved."""
    _, url = await payer.checkout()
    await payer.pay(url, NO_FUNDS, cvc="8642")
    await payer.pay(url, NO_FUNDS)
    await payer.pay(url)

    files = contents(tmp_path)
    assert files
    for content in files:
        assert GOOD.encode() not in content
        assert NO_FUNDS.encode() not in content


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.glob("polygate.db*")]
