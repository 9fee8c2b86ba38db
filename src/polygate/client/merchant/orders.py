"""What a merchant asks of the Merchant API (section 4). Texts that are empty are not sent."""

from __future__ import annotations

import msgspec

from polygate.core.cards import Secret
from polygate.core.money import Money


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    pass


class ProductInfo(_Part, frozen=True, kw_only=True):
    product_name: str = ""
    currency: str = ""
    price: str = ""
    """Decimal text, of one."""
    sku: str = ""
    quantity: int | None = None
    product_link: str = ""


class Address(_Part, frozen=True, kw_only=True):
    """`country` is needed in a billing address."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    state: str = ""
    city: str = ""
    address: str = ""
    zip_code: str = ""


class Card(_Part, frozen=True, kw_only=True):
    card_number: Secret
    expired_year: str
    """Two digits."""
    expired_month: str
    cardholder: str
    cvv: Secret


class Browser(_Part, frozen=True, kw_only=True):
    accept: str = ""
    user_agent: str = ""
    accept_language: str = ""
    java_enabled: bool | None = None
    color_depth: str = ""
    screen_height: str = ""
    screen_width: str = ""
    time_zone_offset: str = ""
    referer: str = ""


class Plan(_Part, frozen=True, kw_only=True):
    """How often a subscription is charged, and how many times in total (section 4.6)."""

    subscription_cycle: str
    """`DAY`, `WEEK`, `MONTH`, `THREE_MONTHS`, `SIX_MONTHS` or `YEAR`."""
    subscription_period: int


class Order(_Part, frozen=True, kw_only=True):
    """A payment (section 4.1). Direct payments need `card`, subscriptions `plan`, 3-D Secure `secure` and `browser`."""

    transaction_type: str = ""
    transaction_id: str
    order_id: str = ""
    amount: Money
    app_id: str
    transaction_ip: str
    callback_url: str
    notification_url: str
    transaction_method: str = ""
    product_name: str = ""
    product_infos: tuple[ProductInfo, ...]
    card: Card | None = None
    plan: Plan | None = msgspec.field(default=None, name="extension")
    billing_address: Address
    shipping_address: Address | None = None
    secure: bool | None = None
    browser: Browser | None = None


class RefundOrder(_Part, frozen=True, kw_only=True):
    """Money to give back, in the transaction's currency (section 6.5)."""

    unique_id: str
    amount: Money | str
    refund_transaction_id: str
    remark: str = ""


class TrackingRow(_Part, frozen=True, kw_only=True):
    """The parcel of a paid transaction (section 6.6)."""

    unique_id: str
    company: str
    number: str
    remark: str = ""
