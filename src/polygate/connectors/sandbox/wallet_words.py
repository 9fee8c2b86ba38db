"""What the wallets' pages say, in the payer's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from polygate.connectors.sandbox.words import ENGLISH, SIMPLIFIED, TRADITIONAL


class WalletWords(msgspec.Struct, frozen=True):
    """One language's texts."""

    home: str
    title: str
    lead: str
    wallet: str
    purpose: str
    ask: str
    pays: str
    fails: str
    cancels: str
    paid_title: str
    paid: str
    failed_title: str
    failed: str
    canceled_title: str
    canceled: str
    closed_title: str
    closed: str
    back: str
    scan_title: str
    scan_lead: str
    scan_label: str
    scans: str
    scan_unknown: str


_ENGLISH: Final = WalletWords(
    home="Test Wallet",
    title="Pay from your wallet",
    lead="A shop asks you to pay. Check the amount before you agree.",
    wallet="Wallet",
    purpose="For",
    ask="How should the payment end?",
    pays="Pay",
    fails="Fail the payment",
    cancels="Cancel the payment",
    paid_title="You have paid",
    paid="The money has left the wallet. Nothing more is needed here.",
    failed_title="The payment failed",
    failed="The wallet has refused this payment. Choose again at the shop.",
    canceled_title="You canceled the payment",
    canceled="No money has left the wallet.",
    closed_title="This payment is closed",
    closed="The shop no longer asks for it. Money that was taken has been given back.",
    back="Back to the payment",
    scan_title="Scan a code",
    scan_lead="This page stands in for the camera of a phone: it opens the payment that a code belongs to.",
    scan_label="Text of the code",
    scans="Scan",
    scan_unknown="This is no code of the sandbox.",
)

_SIMPLIFIED: Final = WalletWords(
    home="测试钱包",
    title="使用钱包支付",
    lead="有商户向您收款。请先核对金额。",
    wallet="钱包",
    purpose="用途",
    ask="您希望支付得到什么结果？",
    pays="支付",
    fails="支付失败",
    cancels="取消支付",
    paid_title="您已支付",
    paid="款项已从钱包支出，无需其他操作。",
    failed_title="支付失败",
    failed="钱包拒绝了这笔支付。请返回商户页面重新选择。",
    canceled_title="您已取消支付",
    canceled="钱包没有支出任何款项。",
    closed_title="这笔支付已关闭",
    closed="商户不再收取此款。已支出的款项已经退回。",
    back="返回支付页面",
    scan_title="扫描二维码",
    scan_lead="本页代替手机摄像头：打开二维码对应的支付页面。",
    scan_label="二维码的文本",
    scans="扫描",
    scan_unknown="这不是模拟环境的二维码。",
)

_TRADITIONAL: Final = WalletWords(
    home="測試錢包",
    title="使用錢包付款",
    lead="有商戶向您收款。請先核對金額。",
    wallet="錢包",
    purpose="用途",
    ask="您希望付款得出甚麼結果？",
    pays="付款",
    fails="付款失敗",
    cancels="取消付款",
    paid_title="您已付款",
    paid="款項已從錢包支出，毋須其他操作。",
    failed_title="付款失敗",
    failed="錢包拒絕了這筆付款。請返回商戶頁面重新選擇。",
    canceled_title="您已取消付款",
    canceled="錢包沒有支出任何款項。",
    closed_title="這筆付款已關閉",
    closed="商戶不再收取此款。已支出的款項已經退回。",
    back="返回付款頁面",
    scan_title="掃描二維碼",
    scan_lead="本頁代替手機鏡頭：開啟二維碼對應的付款。",
    scan_label="二維碼的文字",
    scans="掃描",
    scan_unknown="這不是模擬環境的二維碼。",
)

WALLET_WORDS: Final[Mapping[str, WalletWords]] = {
    ENGLISH.language: _ENGLISH,
    SIMPLIFIED.language: _SIMPLIFIED,
    TRADITIONAL.language: _TRADITIONAL,
}
"""By the language tag of the page's other words."""
