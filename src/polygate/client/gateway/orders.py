"""What a merchant asks of the Gateway API (sections 3 and 4). Texts that are empty are not sent."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from polygate.core.cards import Secret
from polygate.core.methods import Method, Product
from polygate.core.money import Money


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    pass


class Address(_Part, frozen=True, kw_only=True):
    city: str
    country: str
    """ISO 3166-1 alpha-2."""
    line1: str
    line2: str = ""
    line3: str = ""
    postcode: str
    state: str


class Phone(_Part, frozen=True, kw_only=True):
    country_code: str = ""
    number: str = ""


class Billing(_Part, frozen=True, kw_only=True):
    address: Address
    birthday: str = ""
    """`1990-08-01`"""
    customer_initiated_reason: str = ""
    """`RECURRING`, `INSTALMENT` or `UNSCHEDULED`."""
    email: str = ""
    phone: Phone | None = None
    stored_credentials: str = msgspec.field(default="", name="storedcredentials")
    """`store` keeps the card for later charges."""


class Shipping(_Part, frozen=True, kw_only=True):
    address: Address
    carrier: str = ""
    email: str = ""
    first_name: str
    last_name: str
    phone: Phone
    tracking_no: str = ""


class ProductInfo(_Part, frozen=True, kw_only=True):
    image_url: str = ""
    price: str
    """Decimal text, of one."""
    product_name: str
    quantity: str
    sku: str
    url: str = ""


class Card(_Part, frozen=True, kw_only=True):
    capture_method: str = ""
    """`manual` reserves the amount only."""
    card_no: Secret
    cvc: Secret | None = None
    expiry_month: str = ""
    """`06`"""
    expiry_year: str = ""
    """`2027`"""
    first_name: str
    last_name: str


class Wallet(_Part, frozen=True, kw_only=True):
    """The object of a wallet; which one it belongs to is the order's `method`."""

    attach: str = ""
    auth_code: Secret | None = None
    """The code that the payer's wallet shows and the merchant scanned."""
    limit_pay_method: str = ""
    open_id: str = ""
    product_type: Product
    store_id: str = ""
    sub_app_id: str = ""
    metadata: Mapping[str, str] | None = None


class Browser(_Part, frozen=True, kw_only=True):
    accept_header: str = ""
    color_depth: str = ""
    java_enable: bool | None = None
    javascript_enable: bool | None = None
    screen_height: str = ""
    screen_width: str = ""
    session_id: str = ""
    time_zone: str = ""
    user_agent: str


class Location(_Part, frozen=True, kw_only=True):
    lat: str = ""
    lon: str = ""


class Mobile(_Part, frozen=True, kw_only=True):
    device_model: str = ""
    os_type: str = ""
    os_version: str = ""


class DeviceInfo(_Part, frozen=True, kw_only=True):
    browser: Browser
    client_ip: str
    device_id: str = ""
    language: str
    location: Location | None = None
    mobile: Mobile | None = None


class ThreeDsData(_Part, frozen=True, kw_only=True):
    """A 3-D Secure result that the merchant brings along (section 3.8)."""

    authentication_result_code: str = ""
    cavv: str = ""
    ds_trans_id: str = ""
    ds_version: str = ""
    eci: str
    xid: str = ""


class CashierOrder(_Part, frozen=True, kw_only=True):
    """An order to be paid on the hosted page (section 4.2). `expiry_time` is in minutes."""

    amount: Money
    capture_method: str = ""
    description: str = ""
    expiry_time: int | None = None
    fraud_mode: str = ""
    front_url: str = ""
    link_mode: str = ""
    notification_url: str = ""
    order_no: str
    product_info: tuple[ProductInfo, ...] = ()
    shipping: Shipping | None = None
    three_ds_mode: str = ""


class PaymentOrder(_Part, frozen=True, kw_only=True):
    """A payment by card or wallet (section 4.3). `expiry_time` is in minutes."""

    amount: Money
    order_no: str
    method: Method = msgspec.field(name="paymentMethodType")
    card: Card | None = None
    wallet: Wallet | None = None
    billing: Billing | None = None
    billing_desc: str = ""
    description: str = ""
    device_info: DeviceInfo
    expiry_time: int | None = None
    fraud_mode: str = ""
    front_url: str = ""
    notification_url: str = ""
    product_info: tuple[ProductInfo, ...] = ()
    shipping: Shipping | None = None
    three_ds_data: ThreeDsData | None = None
    three_ds_mode: str = ""


class MitOrder(_Part, frozen=True, kw_only=True):
    """A charge with full card data while the payer is absent (section 4.6)."""

    amount: Money
    billing: Billing
    card: Card
    description: str = ""
    device_info: DeviceInfo | None = None
    order_no: str
    notification_url: str = ""


class SubscriptionOrder(_Part, frozen=True, kw_only=True):
    """A charge of a card that was kept, in the currency of the agreement (section 4.7)."""

    amount: Money | str
    card_no: Secret | None = None
    customer_initiated_reason: str = ""
    description: str = ""
    device_info: DeviceInfo | None = None
    expiry_month: str = ""
    expiry_year: str = ""
    notification_url: str = ""
    order_no: str
    transaction_identifier: str = ""


class RefundOrder(_Part, frozen=True, kw_only=True):
    """Money to give back, in the currency of the order (section 4.9). One of the two numbers names the order."""

    amount: Money | str
    client_ip: str
    """Address of the person who asks for it."""
    notification_url: str = ""
    order_no: str = ""
    reason: str
    refund_number: str
    trade_no: str = ""


class Tracking(_Part, frozen=True, kw_only=True):
    """A parcel (section 4.11). One of the two numbers names the order."""

    carrier: str
    order_no: str = ""
    shipment_date: str
    """`2025-06-09`"""
    shipment_direction: str
    """`FORWARD` to the buyer, `RETURN` back."""
    shipping_status: str
    """`SHIPPED`, `IN_TRANSIT`, `DELIVERED` ..."""
    tracking_no: str
    tracking_number_type: str
    """`CARRIER_PROVIDED` or `E2E_PARTNER_PROVIDED`."""
    tracking_url: str = ""
    trade_no: str = ""


class TrackingChange(_Part, frozen=True, kw_only=True):
    """One change of a parcel (section 4.13)."""

    op: str
    """`replace` or `add`."""
    path: str
    """`/status`, for example."""
    value: str
