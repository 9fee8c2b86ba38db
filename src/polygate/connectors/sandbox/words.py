"""What the authentication page and the frame of all pages say, in the payer's language."""

from __future__ import annotations

from typing import Final

import msgspec


class Words(msgspec.Struct, frozen=True):
    """One language's texts. `language` is a BCP 47 tag, `name` what the language calls itself."""

    language: str
    name: str
    title: str
    bank: str
    simulation: str
    lead: str
    amount: str
    card: str
    card_ending: str
    date: str
    ask: str
    passes: str
    fails: str
    cancels: str
    safe: str
    languages: str
    lost_title: str
    lost: str


ENGLISH: Final = Words(
    language="en",
    name="English",
    title="Confirm your payment",
    bank="Test Bank",
    simulation="Simulation: no real bank takes part and no money moves.",
    lead="A shop has asked to charge your card. Your bank checks that it is really you before it agrees.",
    amount="Amount",
    card="Card",
    card_ending="ending in",
    date="Date",
    ask="How should the check end?",
    passes="Pass the check",
    fails="Fail the check",
    cancels="Cancel the payment",
    safe="You will be taken back to the payment afterwards.",
    languages="Language",
    lost_title="This page is not available",
    lost="This link is incomplete or no longer valid. Go back to the shop and start again.",
)

SIMPLIFIED: Final = Words(
    language="zh-CN",
    name="简体中文",
    title="确认您的支付",
    bank="测试银行",
    simulation="模拟环境：没有真实银行参与，也不会发生资金往来。",
    lead="有商户请求从您的银行卡扣款。银行在同意之前，需要确认是您本人操作。",
    amount="金额",
    card="银行卡",
    card_ending="尾号",
    date="日期",
    ask="您希望验证得到什么结果？",
    passes="验证通过",
    fails="验证失败",
    cancels="取消支付",
    safe="完成后将自动返回支付页面。",
    languages="语言",
    lost_title="页面不可用",
    lost="链接不完整或已失效。请返回商户页面重新操作。",
)

TRADITIONAL: Final = Words(
    language="zh-HK",
    name="繁體中文",
    title="確認您的付款",
    bank="測試銀行",
    simulation="模擬環境：沒有真實銀行參與，亦不會有任何資金往來。",
    lead="有商戶要求從您的卡扣款。銀行同意之前，需要確認是您本人操作。",
    amount="金額",
    card="付款卡",
    card_ending="尾號",
    date="日期",
    ask="您希望驗證得出甚麼結果？",
    passes="驗證通過",
    fails="驗證失敗",
    cancels="取消付款",
    safe="完成後將自動返回付款頁面。",
    languages="語言",
    lost_title="頁面無法使用",
    lost="連結不完整或已失效。請返回商戶頁面重新操作。",
)

LANGUAGES: Final = (ENGLISH, SIMPLIFIED, TRADITIONAL)

_MOST_SPECIFIC_FIRST: Final = (
    ("zh-hant", TRADITIONAL),
    ("zh-hans", SIMPLIFIED),
    ("zh-hk", TRADITIONAL),
    ("zh-tw", TRADITIONAL),
    ("zh-mo", TRADITIONAL),
    ("zh", SIMPLIFIED),
    ("en", ENGLISH),
)


def words_for(wanted: str, accepted: str) -> Words:
    """The texts for an explicitly wanted language tag, else for an Accept-Language header, else English."""
    for tag in (wanted, *_by_preference(accepted)):
        for prefix, words in _MOST_SPECIFIC_FIRST:
            if f"{tag.strip().lower().replace('_', '-')}-".startswith(f"{prefix}-"):
                return words
    return ENGLISH


def _by_preference(accepted: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first (RFC 9110, 12.5.4)."""
    weighted: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, weight = part.partition(";")
        try:
            weighted.append((float(weight.strip().removeprefix("q=") or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]
