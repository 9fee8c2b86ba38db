"""UPI links: written as the apps want them, and read back (Channel API, 6.4)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from polygate.core.money import Money
from polygate.core.upi import Payee, app_links, pay_link, payee_in, reference_in

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)
PAYEE = Payee("collect01@examplebank", "Gateway Collect")


def test_the_published_link() -> None:
    link = pay_link(PAYEE, amount=Money(120_050, "INR"), reference="1767229261000001")

    assert link == ("upi://pay?pa=collect01%40examplebank&pn=Gateway%20Collect&am=1200.50&tr=1767229261000001&cu=INR")
    assert app_links(link) == {
        "gpay": link.replace("upi://pay", "tez://upi/pay"),
        "phonepe": link.replace("upi://", "phonepe://"),
        "paytmmp": link.replace("upi://", "paytmmp://"),
    }


@given(texts, texts, texts, st.integers(1, 10**14))
def test_what_is_written_is_read(address: str, name: str, reference: str, minor: int) -> None:
    """Whatever names and numbers hold, also by others' readers."""
    link = pay_link(Payee(address, name), amount=Money(minor, "INR"), reference=reference)

    assert (payee_in(link), reference_in(link)) == (Payee(address, name), reference)
    read = dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
    assert read == {"pa": address, "pn": name, "am": f"{minor // 100}.{minor % 100:02}", "tr": reference, "cu": "INR"}


def test_a_note_comes_last() -> None:
    link = pay_link(PAYEE, amount=Money(100, "INR"), reference="1", note="Top-up & more")

    assert link.endswith("&am=1.00&cu=INR&tr=1&tn=Top-up%20%26%20more")


def test_other_texts_are_no_links() -> None:
    for text in ("", "upi://pay", "upi://collect?pa=x&tr=1", "https://pay.example/?pa=x&tr=1", "UPI://pay?pa=x&tr=1"):
        assert (payee_in(text), reference_in(text)) == (Payee("", ""), "")
