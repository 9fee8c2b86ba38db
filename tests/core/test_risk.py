"""The fraud check's rules: what each sees, how points add up, and what a policy makes of them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polygate.core.blocks import ALL_MERCHANTS, Block, BlockKind
from polygate.core.risk import MAX_SCORE, RULES, Assessment, Counts, Evidence, RiskPolicy, Verdict, assess

DEFAULTS: Final = RiskPolicy()
BLOCKED: Final = Block(ALL_MERCHANTS, 1, BlockKind.CARD, "f1a9", "444433******1111", "chargeback in May", 1, 0)
COUNTED: Final = Counts.__struct_fields__

limits = st.integers(0, 12)
policies = st.builds(
    RiskPolicy,
    per_card=limits,
    per_address=limits,
    per_app=limits,
    authenticate_at=st.integers(0, 100),
    stop_at=st.integers(1, 100),
)
counts = st.builds(Counts, **{name: st.integers(0, 15) for name in COUNTED})
countries = st.sampled_from(["", "US", "CN", "NG"])
evidence = st.builds(
    Evidence,
    blocks=st.sampled_from([(), (BLOCKED,), (BLOCKED, BLOCKED)]),
    counts=counts,
    address=st.sampled_from(["", "1.1.1.1", "10.0.0.1", "2606:4700::1", "::1", "not an address"]),
    has_code=st.booleans(),
    billing_country=countries,
    shipping_country=countries,
)


def seen(policy: RiskPolicy = DEFAULTS, /, **facts: Any) -> Assessment:
    """What is made of evidence; counts are given by their names."""
    counted = {name: facts.pop(name) for name in COUNTED if name in facts}
    return assess(Evidence(counts=Counts(**counted), **facts), policy)


@given(evidence, policies)
def test_a_score_lies_between_nothing_and_a_hundred(evidence: Evidence, policy: RiskPolicy) -> None:
    """It is the sum of the reasons' points, and each rule keeps to the most it may give."""
    found = assess(evidence, policy)
    most = {rule.name: rule.most for rule in RULES}

    assert 0 <= found.score <= MAX_SCORE
    assert found.score == min(sum(reason.points for reason in found.reasons), MAX_SCORE)
    assert all(0 < reason.points <= most[reason.rule] and reason.said for reason in found.reasons)


@given(evidence, policies, st.sampled_from(COUNTED), st.integers(1, 5))
def test_more_of_anything_counted_never_lowers_a_score(
    evidence: Evidence, policy: RiskPolicy, name: str, more: int
) -> None:
    """Each count pulls in one direction only."""
    raised = msgspec.structs.replace(evidence.counts, **{name: getattr(evidence.counts, name) + more})

    assert assess(evidence, policy).score <= assess(msgspec.structs.replace(evidence, counts=raised), policy).score


@given(evidence, policies)
def test_the_same_evidence_is_judged_the_same(evidence: Evidence, policy: RiskPolicy) -> None:
    """Sentences included."""
    assert assess(evidence, policy) == assess(evidence, policy)


@given(policies)
def test_without_a_reason_there_is_no_score(policy: RiskPolicy) -> None:
    """What is not known speaks neither for nor against a payment."""
    assert assess(Evidence(), policy) == Assessment(0, Verdict.PASSED, ())


@given(policies, st.sampled_from(["card", "address", "app"]))
def test_a_limit_that_is_used_up_stops_by_itself(policy: RiskPolicy, whose: str) -> None:
    """Whatever the threshold is; one payment less may pass. A limit of zero is none."""
    limit = getattr(policy, f"per_{whose}")
    reached = seen(policy, **{f"of_{whose}": limit})

    if limit:
        assert (reached.score, reached.verdict) == (MAX_SCORE, Verdict.STOPPED)
        assert seen(policy, **{f"of_{whose}": limit - 1}).score <= 20
    else:
        assert seen(policy, **{f"of_{whose}": 1_000}).score == 0


CASES: Final[list[tuple[dict[str, Any], list[tuple[str, int, str]]]]] = [
    ({"of_card": 2}, []),
    ({"of_card": 3}, [("card limit", 12, "the card has used 3 of its 5 payments an hour")]),
    ({"of_card": 5}, [("card limit", 100, "the card has used up its 5 payments an hour")]),
    ({"of_address": 10}, [("address limit", 10, "the address has used 10 of its 20 payments an hour")]),
    ({"of_app": 9_999}, [("app limit", 19, "the app has used 9999 of its 10000 payments an hour")]),
    ({"declines": 1}, [("declines", 15, "the card was declined once within the hour")]),
    ({"declines": 4}, [("declines", 45, "the card was declined 4 times within the hour")]),
    ({"cards": 1}, []),
    ({"cards": 3}, [("many cards", 20, "3 other cards were used from the address within the hour")]),
    ({"cards": 9}, [("many cards", 50, "9 other cards were used from the address within the hour")]),
    ({"has_code": False}, [("no security code", 10, "the card came without its security code")]),
    ({"billing_country": "US", "shipping_country": "US"}, []),
    ({"billing_country": "US"}, []),
    (
        {"billing_country": "US", "shipping_country": "CN"},
        [("countries differ", 15, "the bill goes to US, the goods go to CN")],
    ),
    ({"address": "1.1.1.1"}, []),
    ({"address": "10.1.2.3"}, [("address not public", 10, "the address 10.1.2.3 is not one of the public internet")]),
    ({"address": "::1"}, [("address not public", 10, "the address ::1 is not one of the public internet")]),
    ({"address": "::ffff:1.1.1.1"}, []),
    (
        {"blocks": (BLOCKED,)},
        [("block list", 100, "blocked by the operator: card 444433******1111 (chargeback in May)")],
    ),
]


@pytest.mark.parametrize(("facts", "reasons"), CASES)
def test_each_rule_says_what_it_sees(facts: dict[str, Any], reasons: list[tuple[str, int, str]]) -> None:
    """One plain sentence, with the points it is worth."""
    assert [msgspec.structs.astuple(reason) for reason in seen(**facts).reasons] == reasons


def test_every_rule_is_seen_at_work() -> None:
    """The table above leaves none out."""
    assert {rule for _, reasons in CASES for rule, _, _ in reasons} == {rule.name for rule in RULES}


def test_doubts_add_up() -> None:
    """None of them alone would have stopped the payment."""
    doubts = seen(
        declines=2, cards=3, has_code=False, address="192.168.1.1", billing_country="US", shipping_country="CN"
    )

    assert (doubts.score, doubts.verdict) == (85, Verdict.STOPPED)
    assert len(doubts.reasons) == 5


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (RiskPolicy(), Verdict.PASSED),
        (RiskPolicy(authenticate_at=45), Verdict.AUTHENTICATE),
        (RiskPolicy(authenticate_at=46), Verdict.PASSED),
        (RiskPolicy(authenticate_at=0), Verdict.PASSED),
        (RiskPolicy(authenticate_at=45, stop_at=46), Verdict.AUTHENTICATE),
        (RiskPolicy(authenticate_at=45, stop_at=45), Verdict.STOPPED),
        (RiskPolicy(authenticate_at=0, stop_at=1), Verdict.STOPPED),
    ],
)
def test_a_policy_says_what_a_score_means(policy: RiskPolicy, verdict: Verdict) -> None:
    """A score of 45: at the threshold is over it, and zero asks for no authentication."""
    assert seen(policy, declines=3).verdict is verdict


def test_a_policy_keeps_only_what_differs_from_the_defaults() -> None:
    """So that merchants without a policy of their own follow when the defaults move."""
    assert msgspec.json.encode(RiskPolicy()) == b"{}"
    assert msgspec.json.encode(RiskPolicy(per_card=3)) == b'{"per_card":3}'
