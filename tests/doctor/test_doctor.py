"""The doctor finds what is wrong with the data, names it, and finds nothing wrong with what the gateway wrote."""

from __future__ import annotations

from typing import Any, Final

import pytest
from msgspec.structs import replace

from polygate import settings
from polygate.assembly import open_house
from polygate.assembly.doctor import Finding, examine
from polygate.core.cards import Secret
from polygate.core.ids import MerchantId, PayoutId
from polygate.core.money import Money
from polygate.core.payouts import PayoutMethod, PayoutOrder, Receiver
from polygate.core.webhooks import Webhook
from polygate.operations.audit import AT_COMMAND_LINE
from polygate.operations.pay_by_hand import mark_paid, take_by_hand
from polygate.operations.pay_out import pay_out
from polygate.store.reads import Reads
from polygate.store.rows import table_of
from polygate.store.vault import new_master_key
from tests.doctor.conftest import Patient

SCHEMA: Final = "the schema is current"
VAULT: Final = "the vault opens"
POSTINGS: Final = "postings balance"
BALANCES: Final = "balances equal postings"
PAYMENTS: Final = "payments equal postings"
ATTEMPTS: Final = "no attempt is overdue"
OUTBOX: Final = "outbox equals facts"
TRIES: Final = "webhook tries on record"
BOOK: Final = "the sandbox acquirer's book equals ours"
STORED: Final = "stored cards have their numbers"
CARDS: Final = "no clear card number"
PAYOUTS: Final = "payouts equal postings"
RESERVES: Final = "reserves equal postings"
ALL: Final = (
    *(SCHEMA, VAULT, POSTINGS, BALANCES, PAYMENTS, PAYOUTS, RESERVES, ATTEMPTS, OUTBOX, TRIES, BOOK, STORED, CARDS),
)

_POSTING: Final = (
    "INSERT INTO postings (merchant_id, posting_id, payment_id, attempt_id, at_ms, why, debit, credit, amount_minor, "
    "currency) VALUES (:merchant, :now - ({minor}), 0, 0, :now, 'opening balance', {debit}, {credit}, {minor}, 'USD')"
)
_SOLD_CAPTURE: Final = "payment_id = :sold AND why = 'capture'"
_COLUMNS: Final = ", ".join(table_of(Webhook).columns)
_OTHER_ID: Final = _COLUMNS.replace("webhook_id", "webhook_id + 1")

DAMAGE: Final = {
    "a posting to an account outside the chart": (
        _POSTING.format(debit="'equity:opening'", credit="'merchant:pocket'", minor=5),
        {POSTINGS: "merchant:pocket"},
    ),
    "a posting from an account to itself": (
        _POSTING.format(debit="'equity:opening'", credit="'equity:opening'", minor=5),
        {POSTINGS: "to itself"},
    ),
    "a posting that moves less than nothing": (
        _POSTING.format(debit="'equity:opening'", credit="'merchant:available'", minor=-5),
        {POSTINGS: "moves -5"},
    ),
    "a posting in no currency": (
        "UPDATE postings SET currency = 'XXX' WHERE currency = 'JPY' AND payment_id = 0",
        {POSTINGS: "XXX"},
    ),
    "an account below zero": (
        _POSTING.format(debit="'fees:earned'", credit="'equity:opening'", minor=99_999),
        {BALANCES: "fees:earned is below zero"},
    ),
    "a captured amount of one cent more": (
        "UPDATE payments SET captured_minor = captured_minor + 1 WHERE payment_id = :sold",
        {PAYMENTS: "captured is 11.00 USD"},
    ),
    "a refunding amount of one cent less": (
        "UPDATE payments SET refunding_minor = refunding_minor - 1 WHERE payment_id = :refunding",
        {PAYMENTS: "refunding is 3.99 USD"},
    ),
    "a fee of one cent more": (
        "UPDATE postings SET amount_minor = amount_minor + 1 WHERE payment_id = :sold AND why = 'fee'",
        {PAYMENTS: "fees:earned is 63, should be 62"},
    ),
    "an authorization held for one cent less": (
        "UPDATE postings SET amount_minor = amount_minor - 1 WHERE payment_id = :authorized",
        {PAYMENTS: "merchant:held is 1098, should be 1099"},
    ),
    "a refund that reserved nothing": (
        "DELETE FROM postings WHERE payment_id = :refunding AND why = 'refund reserved'",
        {PAYMENTS: "merchant:reserved is 0, should be 400"},
    ),
    "a void under way that nobody asked for": (
        "UPDATE payments SET state = 'voiding' WHERE payment_id = :authorized",
        {PAYMENTS: "0 attempts to void are under way"},
    ),
    "a capture under way that nobody asked for": (
        "UPDATE payments SET state = 'capturing' WHERE payment_id = :authorized",
        {PAYMENTS: "0 attempts to capture are under way"},
    ),
    "a payment whose attempt was closed under it": (
        "UPDATE attempts SET state = 'declined' WHERE payment_id = :challenged",
        {PAYMENTS: "nothing will move it on"},
    ),
    "a payment that is gone": (
        "DELETE FROM payments WHERE payment_id = :voided",
        {PAYMENTS: "there is no payment"},
    ),
    "a capture without its posting": (
        f"DELETE FROM postings WHERE {_SOLD_CAPTURE}",
        {PAYMENTS: "0 capture postings", BOOK: "0 in our ledger"},
    ),
    "a capture posted twice": (
        "INSERT INTO postings SELECT merchant_id, posting_id + 500000, payment_id, attempt_id, at_ms, why, debit, "
        f"credit, amount_minor, currency FROM postings WHERE {_SOLD_CAPTURE}",
        {PAYMENTS: "2 capture postings", BOOK: "2198 in our ledger"},
    ),
    "a refund approved only in the refund's own row": (
        "UPDATE attempts SET state = 'declined' WHERE kind = 'refund' AND state = 'approved'",
        {PAYMENTS: "is succeeded with 0 approved attempts", BOOK: "here it is declined"},
    ),
    "a payout of one cent more": (
        "UPDATE payouts SET amount_minor = amount_minor + 1 WHERE payout_id = :payout_asha",
        {PAYOUTS: "acquirer:sandbox:receivable is 85000, should be 85001"},
    ),
    "a payout that failed and kept its money": (
        "DELETE FROM postings WHERE payment_id = :payout_fail AND why = 'payout failed'",
        {PAYOUTS: "merchant:paying is 85250, should be 0", RESERVES: "were counted as available"},
    ),
    "a payout under way that nobody moves on": (
        "UPDATE attempts SET state = 'declined', due_ms = 0 WHERE payment_id = :payout_slow",
        {PAYOUTS: "0 attempts are under way"},
    ),
    "a payout that waits and was paid": (
        "UPDATE payouts SET state = 'waiting' WHERE payout_id = :payout_asha",
        {PAYOUTS: "whether it was ever paid does not fit its state"},
    ),
    "a payout that is gone": (
        "DELETE FROM payouts WHERE payout_id = :payout_slow",
        {PAYMENTS: "there is no payment", PAYOUTS: "there is no payout"},
    ),
    "a payout that came back without its postings": (
        "DELETE FROM postings WHERE payment_id = :payout_reverse AND why LIKE '%returned'",
        {
            PAYOUTS: "merchant:available is -85250, should be 0",
            RESERVES: "were counted as available",
            BOOK: "payout approved here, not in the acquirer's book",
        },
    ),
    "a payout whose end nobody was told": (
        "UPDATE facts SET kind = 'PayoutPaid' WHERE payment_id = :payout_fail AND kind = 'PayoutFailed'",
        {OUTBOX: "no fact PayoutFailed"},
    ),
    "a balance that was counted wrongly": (
        "UPDATE reserves SET counted_minor = counted_minor + 1",
        {RESERVES: "were counted as available"},
    ),
    "a balance paid out twice": (
        "UPDATE postings SET amount_minor = amount_minor - 999999 WHERE payment_id = 0 AND currency = 'INR'",
        {BALANCES: "merchant:available is below zero", RESERVES: "were counted as available"},
    ),
    "an attempt in doubt for too long": (
        "UPDATE attempts SET due_ms = :now - 61000 WHERE payment_id = :in_doubt",
        {ATTEMPTS: "is 61 s behind its deadline"},
    ),
    "a wallet paid for and given up": (
        "UPDATE attempts SET state = 'declined', due_ms = 0 WHERE payment_id = :wallet_unheard",
        {PAYMENTS: "nothing will move it on", BOOK: "here it is declined"},
    ),
    "a wallet given back in our books alone": (
        "UPDATE sandbox_book SET amount_minor = 0 WHERE kind = 'reverse' AND amount_minor = 1250",
        {BOOK: "give_back moved 0 minor units at the acquirer, -1250 in our ledger"},
    ),
    "a wallet that nobody asks": (
        "UPDATE attempts SET due_ms = :now - 61000 WHERE payment_id = :wallet_waiting",
        {ATTEMPTS: "is 61 s behind its deadline"},
    ),
    "an attempt planned and never sent": (
        "UPDATE attempts SET due_ms = :now - 61000 WHERE state = 'planned'",
        {ATTEMPTS: "(refund, planned)"},
    ),
    "an attempt in doubt that nobody will look at": (
        "UPDATE attempts SET due_ms = 0 WHERE payment_id = :in_doubt",
        {ATTEMPTS: "nobody will look at it"},
    ),
    "a closed payment that waits for its payer": (
        "UPDATE payments SET state = 'canceled', due_ms = 0 WHERE payment_id = :challenged",
        {ATTEMPTS: "waits for the payer of a closed payment", OUTBOX: "no fact PaymentCanceled"},
    ),
    "a fact without its webhook": (
        "DELETE FROM webhooks WHERE payment_id = :kept",
        {OUTBOX: "0 webhooks of its PaymentCaptured"},
    ),
    "a fact with two webhooks": (
        f"INSERT INTO webhooks ({_COLUMNS}) SELECT {_OTHER_ID} FROM webhooks WHERE payment_id = :kept",
        {OUTBOX: "2 webhooks of its PaymentCaptured"},
    ),
    "a webhook without its fact": (
        "DELETE FROM facts WHERE payment_id = :kept AND kind = 'PaymentCaptured'",
        {OUTBOX: "no fact PaymentCaptured"},
    ),
    "a webhook that says something else": (
        "UPDATE webhooks SET data = replace(data, '1099', '9901') WHERE payment_id = :kept",
        {OUTBOX: "does not say what its PaymentCaptured says"},
    ),
    "a refund that nobody was told of": (
        "UPDATE facts SET kind = 'RefundRequested' WHERE kind = 'RefundSucceeded'",
        {OUTBOX: "no fact RefundSucceeded of refund"},
    ),
    "a try that was not recorded": (
        "DELETE FROM webhook_tries WHERE try_no = 2",
        {TRIES: "counts 2 tries, on record are [1]"},
    ),
    "a webhook that waits without a time": (
        "UPDATE webhooks SET due_ms = 0 WHERE state = 'waiting'",
        {TRIES: "is waiting, its next try is due at 0"},
    ),
    "a cent more in the acquirer's book": (
        "UPDATE sandbox_book SET amount_minor = amount_minor + 1 WHERE kind = 'refund' AND amount_minor = 250",
        {BOOK: "refund moved -251 minor units at the acquirer, -250 in our ledger"},
    ),
    "an approved attempt that the acquirer does not know": (
        "DELETE FROM sandbox_book WHERE attempt_id IN (SELECT charge_id FROM payments WHERE payment_id = :authorized)",
        {BOOK: "charge approved here, not in the acquirer's book"},
    ),
    "money taken for a declined attempt": (
        "UPDATE sandbox_book SET state = 'approved', decline = '' WHERE attempt_id IN "
        "(SELECT charge_id FROM payments WHERE payment_id = :failed)",
        {BOOK: "charge took effect at the acquirer, here it is declined"},
    ),
    "money taken without an attempt": (
        "UPDATE sandbox_book SET attempt_id = attempt_id + 500000 WHERE amount_minor = 500",
        {BOOK: "in the acquirer's book, but not ours"},
    ),
    "a hold on the card for another amount": (
        "UPDATE sandbox_book SET amount_minor = 1 WHERE attempt_id IN "
        "(SELECT charge_id FROM payments WHERE payment_id = :authorized)",
        {BOOK: "charge of 10.99 USD, in the acquirer's book 1 minor units"},
    ),
    "an agreement whose number is gone": (
        "DELETE FROM vault_cards",
        {STORED: "lives, but its card is not in the vault"},
    ),
    "an agreement about another card than the one in the vault": (
        "UPDATE agreements SET fingerprint = 'f00d'",
        {STORED: "lives, but its card is not in the vault"},
    ),
    "a number kept although nobody agreed": (
        "UPDATE vault_cards SET payment_id = :sold",
        {STORED: "belongs to no payment that was to keep one"},
    ),
    "an agreement that the payer never gave": (
        "UPDATE payments SET agreement_id = 0 WHERE payment_id = :kept",
        {STORED: "has no payment in which the payer agreed to it"},
    ),
    "an agreement in another currency": (
        "UPDATE agreements SET currency = 'EUR'",
        {STORED: "has no payment in which the payer agreed to it"},
    ),
    "a charge under an agreement that is not there": (
        "UPDATE payments SET agreement_id = 12345 WHERE payment_id = :authorized",
        {STORED: "is under an agreement that does not exist"},
    ),
    "a card number in free text": (
        "UPDATE refunds SET reason = 'back to 4444333322221111' WHERE state = 'failed'",
        {CARDS: "refunds.reason 444433******1111"},
    ),
    "a card number between letters": (
        "UPDATE refunds SET reason = 'card4444333322221111exp1230' WHERE state = 'failed'",
        {CARDS: "refunds.reason 444433******1111"},
    ),
    "a card number in a request": (
        "UPDATE order_details SET request = replace(request, '444433******1111', '4444333322221111') "
        "WHERE payment_id = :sold",
        {CARDS: "order_details.request 'cardNo' 444433******1111"},
    ),
    "a card number as a JSON number": (
        """UPDATE payments SET details = '{"arn": "", "odd": 378282246310005}' WHERE payment_id = :kept""",
        {CARDS: "payments.details 'odd' 378282*****0005"},
    ),
    "a card number in a receiver's answer": (
        "UPDATE webhook_tries SET answer = '{broken 6212454545454690' WHERE try_no = 1",
        {CARDS: "webhook_tries.answer 621245******4690"},
    ),
    "a sealed secret in another place": (
        "UPDATE apps SET sealed_secret = (SELECT sealed_secret_key FROM merchants)",
        {VAULT: "the secret of app"},
    ),
    "a kept card sealed with a lost key": (
        "UPDATE vault_cards SET key_id = 'cards-9'",
        {VAULT: "kept card"},
    ),
    "a state that no version of this program wrote": (
        "UPDATE payments SET state = 'lost' WHERE payment_id = :kept",
        {PAYMENTS: "stopped at a row that cannot be read", OUTBOX: "stopped at a row that cannot be read"},
    ),
    "a schema from another time": (
        "UPDATE alembic_version SET version_num = '0000'",
        {SCHEMA: "install a newer version"},
    ),
}


class Watched:
    """Remembers how far the work said it was."""

    def __init__(self) -> None:
        self.expected = 0
        self.seen = 0
        self.begun: list[str] = []

    def expect(self, rows: int) -> None:
        self.expected += rows

    def begin(self, check: str) -> None:
        self.begun.append(check)

    def advance(self, rows: int) -> None:
        self.seen += rows


async def looked_at(patient: Patient, *, later_ms: int = 0, **options: Any) -> dict[str, Finding]:
    """All findings at the story's end, or later."""
    key = options.get("key", Secret(patient.told.master_key))
    watched = options.get("watched", Watched())
    now_ms = patient.told.now_ms + later_ms
    findings = await examine(patient.told.database_url, key, watched, clock=lambda: now_ms)
    return {finding.check: finding for finding in findings}


def failed(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: "\n".join(finding.first) for name, finding in findings.items() if not finding.holds}


async def test_what_the_gateway_wrote_is_sound(patient: Patient) -> None:
    """Payments of every kind, open and closed: every check has looked at something, and all hold."""
    findings = await looked_at(patient)
    assert tuple(findings) == ALL
    assert failed(findings) == {}
    assert [name for name, finding in findings.items() if finding.looked_at == 0 or finding.skipped] == []


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_is_found_by_the_check_it_concerns(patient: Patient, damage: str) -> None:
    """The checks that fail are exactly those expected, each naming what is wrong."""
    statement, expected = DAMAGE[damage]
    patient.harm(statement)
    said = failed(await looked_at(patient))
    assert said.keys() == expected.keys()
    for name, words in expected.items():
        assert words in said[name]


async def test_the_same_on_postgresql(postgres_patient: Patient) -> None:
    """Sound at first; then damage upon damage, each of them found."""
    assert failed(await looked_at(postgres_patient)) == {}
    postgres_patient.harm("ALTER TABLE postings DROP CONSTRAINT postings_move_something")
    expected: set[str] = set()
    for name in (
        "a posting that moves less than nothing",
        "an account below zero",
        "an attempt in doubt for too long",
        "a try that was not recorded",
        "a cent more in the acquirer's book",
        "a card number in free text",
        "a capture without its posting",
        "a fact without its webhook",
        "a kept card sealed with a lost key",
        "a payout that failed and kept its money",
        "a balance that was counted wrongly",
        "a number kept although nobody agreed",
    ):
        statement, fails = DAMAGE[name]
        postgres_patient.harm(statement)
        expected |= fails.keys()
        assert failed(await looked_at(postgres_patient)).keys() == expected
    assert expected == set(ALL) - {SCHEMA}


async def test_a_wrong_sum_in_sql_is_seen(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The balances that the product shows are compared with the core's own fold."""
    real = Reads.balances

    async def one_more(self: Reads, merchant_id: Any) -> dict[tuple[str, str], int]:
        return {place: minor + (place[1] == "JPY") for place, minor in (await real(self, merchant_id)).items()}

    monkeypatch.setattr(Reads, "balances", one_more)
    said = failed(await looked_at(patient))
    assert said.keys() == {BALANCES}
    assert "merchant:available is 5001, its postings add up to 5000" in said[BALANCES]


async def test_money_in_doubt_is_told_apart(patient: Patient) -> None:
    """A wallet was paid that has not been asked yet, and a charge whose answer was lost takes effect meanwhile: no
    difference, but it is said."""
    before = (await looked_at(patient))[BOOK]
    after = (await looked_at(patient, later_ms=45_000))[BOOK]
    assert before.holds
    assert before.note == "in doubt, moved already at the acquirer: 12.50 SGD"
    assert after.holds
    assert after.note == "in doubt, moved already at the acquirer: 12.50 SGD, 10.99 USD"


async def pay_by_hand(patient: Patient) -> Patient:
    """The payout that waits is under way by hand, and a new one was paid so."""
    told = patient.told
    chosen = settings.read(
        {}, database_url=told.database_url, master_key=told.master_key, base_url="http://gateway.test"
    )
    async with open_house(chosen, clock=lambda: told.now_ms, as_server=False) as house:
        receiver = Receiver(PayoutMethod.UPI, "Ravi K", "ravi@bank")
        waiting = await house.context.reads.payout(MerchantId(told.merchant_id), PayoutId(told.payouts["payout-"]))
        assert waiting is not None
        order = PayoutOrder(
            merchant_id=waiting.merchant_id,
            app_id=told.app_id,
            protocol="channel",
            number="by-hand",
            amount=Money(5_000, "INR"),
            fee=Money(250, "INR"),
            receiver=receiver,
            description="",
            attach="",
            notify_url="",
            request={},
        )
        payout = await pay_out(house.context, order, at_once=False)
        for each in (waiting, payout):
            await take_by_hand(house.context, AT_COMMAND_LINE, each, receiver)
        await mark_paid(house.context, AT_COMMAND_LINE, payout, "600187654321")
    return Patient(replace(told, payouts=told.payouts | {"by-hand": payout.payout_id}))


async def test_what_was_paid_by_hand_is_in_no_acquirers_book(patient: Patient) -> None:
    """And is sound without: it waits for the operator, however long."""
    patient = await pay_by_hand(patient)
    findings = await looked_at(patient)
    assert failed(findings) == {}
    assert findings[ATTEMPTS].note.endswith("1 of them by hand")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            "UPDATE attempts SET due_ms = :now WHERE payment_id = :payout_ AND due_ms = 0",
            {ATTEMPTS: "nobody can be asked"},
        ),
        ("UPDATE payouts SET due_ms = :now WHERE payout_id = :by_hand", {PAYOUTS: "was paid by hand"}),
        (
            "UPDATE postings SET credit = 'acquirer:sandbox:receivable' WHERE payment_id = :by_hand AND why = 'payout'",
            {PAYOUTS: "acquirer:by-hand:receivable is 0, should be 5000", BOOK: "by its book"},
        ),
        (
            "UPDATE attempts SET state = 'pending' WHERE payment_id = :by_hand AND state = 'approved'",
            {PAYOUTS: "under way"},
        ),
    ],
)
async def test_damage_to_what_was_paid_by_hand_is_found(patient: Patient, damage: str, said: dict[str, str]) -> None:
    patient = await pay_by_hand(patient)
    patient.harm(damage)
    found = failed(await looked_at(patient))
    assert set(found) == set(said)
    assert all(text in found[check] for check, text in said.items())


async def test_a_payout_that_came_back_unheard_of_is_in_doubt(patient: Patient) -> None:
    """The bank is asked about it for days. Once nobody will ask any more, it is a difference."""
    patient.harm(
        "UPDATE payouts SET state = 'paid', why_failed = '', due_ms = :now WHERE payout_id = :payout_reverse",
        "DELETE FROM postings WHERE payment_id = :payout_reverse AND why LIKE '%returned'",
        "DELETE FROM facts WHERE payment_id = :payout_reverse AND kind = 'PayoutReturned'",
        "DELETE FROM webhooks WHERE payment_id = :payout_reverse AND kind = 'PayoutReturned'",
        "UPDATE reserves SET counted_minor = counted_minor - 85250 WHERE currency = 'INR'",
    )
    findings = await looked_at(patient)
    assert failed(findings) == {}
    assert "850.00 INR" in findings[BOOK].note

    patient.harm("UPDATE payouts SET due_ms = 0 WHERE payout_id = :payout_reverse")
    assert failed(await looked_at(patient)).keys() == {BOOK}


async def test_numbers_that_may_look_like_a_card_are_left_alone(patient: Patient) -> None:
    """Order and refund numbers are the merchant's, ids and network references are random: no false alarm."""
    patient.harm(
        "UPDATE payments SET order_no = '4444333322221111' WHERE payment_id = :kept",
        "UPDATE refunds SET reason = 'ab4444333322221111cd0123456789abcdef' WHERE state = 'failed'",
        "UPDATE refunds SET number = '4444333322221111' WHERE state = 'failed'",
        """UPDATE order_details SET request = '{"orderNo": "4444333322221111"}' WHERE payment_id = :kept""",
        """UPDATE payments SET details = '{"network_transaction_id": "378282246310005"}' WHERE payment_id = :kept""",
        """UPDATE payments SET front_url = 'https://shop.test/44443333222211110/9' WHERE payment_id = :kept""",
    )
    assert failed(await looked_at(patient)) == {}


async def test_without_a_master_key_the_vault_is_left_out(patient: Patient) -> None:
    """Nothing fails, and nothing is claimed either."""
    findings = await looked_at(patient, key=None)
    assert failed(findings) == {}
    assert findings[VAULT].skipped


async def test_a_wrong_master_key_is_found(patient: Patient) -> None:
    """It opens no data key."""
    assert failed(await looked_at(patient, key=new_master_key())).keys() == {VAULT}


async def test_an_old_schema_ends_the_examination(patient: Patient) -> None:
    """Other checks would ask for columns that are not there."""
    patient.harm(DAMAGE["a schema from another time"][0])
    assert tuple(await looked_at(patient)) == (SCHEMA,)


async def test_only_the_first_offenders_are_named_and_all_are_counted(patient: Patient) -> None:
    """A table stays readable however much is wrong."""
    patient.harm("UPDATE payments SET captured_minor = captured_minor + 1")
    finding = (await looked_at(patient))[PAYMENTS]
    assert len(finding.first) == 5
    assert finding.faults > len(patient.told.payments)


async def test_the_examination_says_how_far_it_is(patient: Patient) -> None:
    """Every check is announced, and the rows read come up to those expected."""
    watched = Watched()
    await looked_at(patient, watched=watched)
    assert watched.begun == list(ALL[1:])
    assert 0 < watched.expected <= watched.seen


async def test_nothing_is_written(patient: Patient) -> None:
    """The database is as it was, to the byte."""
    path = patient.told.database_url.removeprefix("sqlite:///")
    with open(path, "rb") as file:  # noqa: ASYNC230  # A small file, and nothing else runs.
        before = file.read()
    await looked_at(patient)
    with open(path, "rb") as file:  # noqa: ASYNC230
        assert file.read() == before
