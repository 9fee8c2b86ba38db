"""What there is to try on the sandbox, told from the tables it works by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from polygate.connectors.contract import Trial, Trials
from polygate.connectors.sandbox import checks, scenarios, transfers, wallets
from polygate.connectors.sandbox.book import RETURN_AFTER_MS
from polygate.connectors.sandbox.scenarios import Scenario
from polygate.connectors.sandbox.wallet_words import WALLET_WORDS
from polygate.connectors.sandbox.words import ENGLISH
from polygate.core.cards import brand_of
from polygate.core.methods import PRODUCTS, Product
from polygate.core.outcomes import Decline

PLAIN_CARDS: Final = (
    "4444333322221111",
    "5555555555554444",
    "5105105105105100",
    "378282246310005",
    "3566002020360505",
    "6011000990139424",
    "36227206271667",
    "6212454545454690",
    "6200000000000005",
)
"""At least one of each scheme. Any other valid number does as well."""

REASONS: Final[dict[Decline, str]] = {
    Decline.NO_REASON: "without a reason",
    Decline.INSUFFICIENT_FUNDS: "insufficient funds",
    Decline.EXPIRED_CARD: "the card has expired",
    Decline.WRONG_SECURITY_CODE: "wrong security code",
    Decline.LOST_OR_STOLEN: "lost or stolen",
    Decline.NOT_PERMITTED: "not permitted here",
    Decline.OVER_LIMIT: "over its limit",
    Decline.AUTHENTICATION_FAILED: "3-D Secure failed",
    Decline.AUTHENTICATION_REQUIRED: "3-D Secure is required",
    Decline.SUSPECTED_FRAUD: "stopped by the fraud check",
    Decline.ADDRESS_MISMATCH: "the billing address does not match",
    Decline.CANCELED_BY_PAYER: "canceled by the payer",
    Decline.WRONG_CODE: "the scanned code is wrong or too old",
    Decline.UNREACHABLE: "the issuer cannot be reached",
}


def _plain(number: str) -> Trial:
    brand, kind = brand_of(number), checks.card_class(number).lower()
    code = " The security code has 4 digits." if len(number) == 15 else ""
    return Trial(f"`{number}`", f"Approved: {brand.own_name} {kind} card, issued in {checks.country(brand)}.{code}")


def _special(number: str, scenario: Scenario) -> Trial:
    conditional = {
        Decline.AUTHENTICATION_REQUIRED: scenario.insists,
        Decline.SUSPECTED_FRAUD: scenario.risky,
    }
    decline = scenario.decline or scenario.later or next((why for why, holds in conditional.items() if holds), None)
    return Trial(f"`{number}`", " ".join(_sentences(scenario)), decline, is_unanswered=bool(scenario.late_ms))


def _sentences(scenario: Scenario) -> Iterator[str]:
    if scenario.insists:
        yield "3-D Secure with a challenge: pass, fail or cancel. Declined without 3-D Secure."
    elif scenario.asks:
        yield "3-D Secure without a challenge."
    if scenario.risky:
        yield "Declined where the fraud check runs, approved where it does not."
    if scenario.later:
        yield f"Approved the first time, declined when it is charged again as a stored card: {REASONS[scenario.later]}."
    if scenario.late_ms:
        yield f"No answer at first, approved {scenario.late_ms // 1_000} seconds later."
    if scenario.decline:
        yield f"Declined: {REASONS[scenario.decline]}."


_BY_CODE: Final = {
    "code_declined": "Declined.",
    "code_approved": "Approved.",
    "code_pending": "Pending at first, approved later.",
    "code_challenge": "A simulated page of 3-D Secure with two buttons.",
}


def _by_code() -> Iterator[Trial]:
    first = 0
    for end, scenario in scenarios.CODES:
        codes = f"`{first:03d}` to `{end - 1:03d}`" if end - first > 1 else f"`{first:03d}`"
        yield Trial(codes, _BY_CODE[scenario.name])
        first = end


_WALLET: Final = WALLET_WORDS[ENGLISH.language]
_SCANNED: Final = ", ".join(wallets.NAMES[method] for method, products in PRODUCTS.items() if Product.PAY in products)

TRIALS: Final[tuple[Trials, ...]] = (
    Trials(
        "Cards that are approved",
        "On every way to pay, as is any other valid number. Any date in the future will do, and any name.",
        "Card number",
        tuple(_plain(number) for number in PLAIN_CARDS),
    ),
    Trials(
        "Cards with a set outcome",
        "Mode `standard` authenticates every card; only the one that insists on it shows a challenge.",
        "Card number",
        tuple(_special(number, scenario) for number, scenario in scenarios.CARDS.items()),
    ),
    Trials(
        "Security codes and addresses",
        "For any card that would be approved. `cvcResult` and `avsResult` of a query tell what matched.",
        "What is sent",
        (
            Trial(f"Security code `{checks.WRONG_CVC}`", "Declined.", Decline.WRONG_SECURITY_CODE),
            Trial("Any other, or none", "Approved: `cvcResult` is `M`, it matches, or `P`, there was none."),
            Trial(f"Postcode `{checks.WRONG_POSTCODE}`", "Approved: `avsResult` is `A`, only the street matches."),
            Trial(
                f"A street with the words `{checks.WRONG_STREET}`",
                "Approved: `avsResult` is `Z`, only the postcode matches.",
            ),
            Trial("Both", "Declined.", Decline.ADDRESS_MISMATCH),
        ),
    ),
    Trials(
        "Security codes of the Merchant API",
        "The last three digits decide, with any card. Renewals have no code, and go by the card's number as above.",
        "Security code",
        tuple(_by_code()),
    ),
    Trials(
        "Codes that a shop scans",
        f"For the wallets that show one: {_SCANNED}.",
        "Code",
        (
            Trial(f"Ends in `{wallets.WRONG_CODE_ENDING}`", "Declined.", Decline.WRONG_CODE),
            Trial(
                f"Ends in `{wallets.SLOW_CODE_ENDING}`",
                f"No answer at first, paid {wallets.SLOW_MS // 1_000} seconds later.",
                is_unanswered=True,
            ),
            Trial("Any other", "Paid at once."),
        ),
    ),
    Trials(
        "The bank's page of 3-D Secure",
        "A challenge is a page with three buttons.",
        "Button",
        (
            Trial(ENGLISH.passes, "Approved."),
            Trial(ENGLISH.fails, "Declined.", Decline.AUTHENTICATION_FAILED),
            Trial(ENGLISH.cancels, "Canceled.", Decline.CANCELED_BY_PAYER),
        ),
    ),
    Trials(
        "Wallet pages and QR codes",
        "What a code leads to, or a link, is a page with three buttons.",
        "Button",
        (
            Trial(_WALLET.pays, "Paid."),
            Trial(_WALLET.fails, "Declined.", Decline.NO_REASON),
            Trial(_WALLET.cancels, "Canceled.", Decline.CANCELED_BY_PAYER),
        ),
    ),
    Trials(
        "UPI links",
        "Of collections. The code can be scanned at `/sandbox/scan`, or the payer says to have paid.",
        "Button `I have paid`",
        (
            Trial("Amount ends in `.14`", "Nothing has arrived: the page goes on waiting."),
            Trial("Any other amount", "Paid."),
        ),
    ),
    Trials(
        "Local payments",
        "By UPI and Pix, where the order says who pays: the payer's bank can refuse at once.",
        "Amount",
        (
            Trial(f"Ends in `.{wallets.REFUSED_ENDING}`", "Refused before the payer is asked."),
            Trial("Any other", "As the payer presses on the page above."),
        ),
    ),
    Trials(
        "Payouts",
        f"Done {transfers.DELAY_MS // 1_000} seconds after they were sent.",
        "Amount or account",
        (
            Trial("An amount that ends in `.13`", "Fails; what was held for it is free again."),
            Trial("An amount that ends in `.14`", "Is never decided."),
            Trial("An amount that ends in `.15`", "Fails at once."),
            Trial("An account or address with `notfound`", "Fails: there is no such account."),
            Trial("A name with `FAIL`", "Fails."),
            Trial("A name with `REVERSE`", f"Is paid, and back {RETURN_AFTER_MS // 1_000} seconds later."),
            Trial("Any other", "Is paid."),
        ),
    ),
    Trials(
        "Refunds",
        f"Done {scenarios.REFUND_DELAY_MS // 1_000} seconds after they are accepted.",
        "Amount",
        (
            Trial("Ends in `.13`", "Fails; what was reserved for it is free again."),
            Trial(
                f"On the Merchant API, with `{scenarios.FAILING_REMARK}` as its `remark`",
                f"Fails. There all refunds are done after {scenarios.REFUND_DELAY_BY_CODE_MS // 1_000} seconds.",
            ),
            Trial("Any other", "Succeeds."),
        ),
    ),
)
