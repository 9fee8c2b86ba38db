"""Links into our own pages. Each carries a key that only we can make, bound to the one payment it opens."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final

from polygate.core.ids import MerchantId, PaymentId
from polygate.store.vault import Vault

_CHECKOUT: Final = "cs_"
_CHALLENGE: Final = "p_"
_WALLET: Final = "w_"
LOCALES: Final = {"en-us": "en-US", "zh-cn": "zh-CN", "zh-hk": "zh-HK"}
"""Path spelling → language tag of the pages' languages."""
_TRADITIONAL: Final = frozenset({"hant", "hk", "mo", "tw"})


def locale_wanted(accept_language: str) -> str:
    """The first of a browser's languages that our pages speak, else English (RFC 9110, 12.5.4; weights come in order).

    Regions and scripts that have no pages of their own read those they understand.
    """
    for part in accept_language.split(","):
        primary, *finer = part.partition(";")[0].strip().lower().split("-")
        if primary == "zh":
            return "zh-hk" if _TRADITIONAL & set(finer) else "zh-cn"
        if primary == "en":
            break
    return "en-us"


class Links:
    """`base_url` is where payers reach us, without a slash at the end."""

    def __init__(self, base_url: str, vault: Vault) -> None:
        self.base_url: Final = base_url.rstrip("/")
        self._vault = vault

    def checkout(self, merchant_id: MerchantId, payment_id: PaymentId, locale: str = "en-us") -> str:
        return f"{self.base_url}/h5/{locale}/cashier.html?token={self.token(_CHECKOUT, merchant_id, payment_id)}"

    def challenge(self, merchant_id: MerchantId, payment_id: PaymentId) -> str:
        """Where the payer goes to authenticate."""
        return f"{self.base_url}/3ds/challenge/{payment_id}?t={self.token(_CHALLENGE, merchant_id, payment_id)}"

    def challenge_return(self, merchant_id: MerchantId, payment_id: PaymentId) -> str:
        """Where the acquirer's authentication page sends the payer back to."""
        return f"{self.base_url}/3ds/return/{payment_id}?t={self.token(_CHALLENGE, merchant_id, payment_id)}"

    def wallet(self, merchant_id: MerchantId, payment_id: PaymentId) -> str:
        """Where the payer goes to pay from a wallet; short enough for a code that any camera reads."""
        return f"{self.base_url}/q/{self.token(_WALLET, merchant_id, payment_id)}"

    def wallet_page(self, merchant_id: MerchantId, payment_id: PaymentId) -> str:
        """Our own page beside that link: draws the code to scan, and waits for the payment."""
        return f"{self.wallet(merchant_id, payment_id)}/page"

    def wallet_return(self, merchant_id: MerchantId, payment_id: PaymentId) -> str:
        """Where the wallet's page sends the payer back to."""
        return f"{self.wallet(merchant_id, payment_id)}/return"

    def device_data(self) -> str:
        return f"{self.base_url}/3ds/ddc"

    def token(self, kind: str, merchant_id: MerchantId, payment_id: PaymentId) -> str:
        """Names a payment and proves that the link came from us: 128 bits nobody can guess."""
        named = merchant_id.to_bytes(8, "big") + payment_id.to_bytes(8, "big")
        key = self._vault.link_mac(kind, merchant_id, payment_id)
        return kind + base64.urlsafe_b64encode(named + key).decode().rstrip("=")

    def opened_checkout(self, token: str) -> tuple[MerchantId, PaymentId] | None:
        return self._opened(_CHECKOUT, token)

    def opened_challenge(self, token: str) -> tuple[MerchantId, PaymentId] | None:
        return self._opened(_CHALLENGE, token)

    def opened_wallet(self, token: str) -> tuple[MerchantId, PaymentId] | None:
        return self._opened(_WALLET, token)

    def _opened(self, kind: str, token: str) -> tuple[MerchantId, PaymentId] | None:
        """What a token opens; None if it is not one of ours."""
        try:
            raw = base64.b64decode(
                token.removeprefix(kind) + "=" * (-len(token.removeprefix(kind)) % 4), b"-_", validate=True
            )
        except (binascii.Error, ValueError):
            return None
        if not token.startswith(kind) or len(raw) != 32:
            return None
        merchant_id = MerchantId(int.from_bytes(raw[:8], "big"))
        payment_id = PaymentId(int.from_bytes(raw[8:16], "big"))
        if not hmac.compare_digest(raw[16:], self._vault.link_mac(kind, merchant_id, payment_id)):
            return None
        return merchant_id, payment_id
