"""What the Gateway API answers (sections 4 and 5). An optional text that was not sent is empty."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from polygate.client.wire import Priced


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    resp_code: str
    resp_msg: str


class _Placed(_Answer, frozen=True, kw_only=True):
    """Where an order stands."""

    order_no: str
    trade_no: str
    order_status: str = ""
    last_event: str = ""
    transaction_time: str = ""

    @property
    def is_paid(self) -> bool:
        return self.order_status == "successed"

    @property
    def is_declined(self) -> bool:
        """An order exists, and it failed: `resp_code` tells why."""
        return self.resp_code.startswith("4")


class CashierSession(_Answer, frozen=True, kw_only=True):
    """Where the payer goes, and for how many minutes it stays open."""

    order_no: str
    redirect_url: str
    expires_in: int | None = None


class DeviceDataForm(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """For collecting data of the payer's device before 3-D Secure (section 6.3)."""

    bin: str
    challenged: str
    ddc_action: str
    jwt: str


class PaymentAnswer(Priced, _Placed, frozen=True, kw_only=True):
    """Declines are answers too: see `is_declined`. While the payer must act, `last_event` says how."""

    amount: str
    currency: str
    authorize_code: str = ""
    ddc: DeviceDataForm | None = None
    desc: str = ""
    pay_info: Mapping[str, str] | None = None
    pay_url: str = ""
    transaction_identifier: str = ""


class CaptureAnswer(Priced, _Placed, frozen=True, kw_only=True):
    """`amount` is what was captured."""

    amount: str
    currency: str


class CancelAnswer(_Placed, frozen=True, kw_only=True):
    pass


class OrderInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    billing_desc: str = ""
    brand: str = ""
    client_ip: str = ""
    mcc: str
    merc_name: str
    order_no: str
    trade_no: str
    order_status: str
    order_status_desc: str
    pay_amount: Decimal
    pay_name: str = ""
    pay_no: str = ""
    pay_time: str
    payment_method_type: str = ""
    trade_comments: str = ""
    trade_currency: str
    trade_finish_time: str = ""
    website_id: str


class Authentication(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    authentication_status: str = ""
    cavv_algorithm: str = ""
    eci: str = ""
    enrolled: str = ""
    signature_verification: str = ""
    three_ds_version: str = ""


class IssuerDetails(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the issuer told about a card."""

    arn: str = ""
    authorize_code: str = ""
    avs_result: str = ""
    bin: str = ""
    card_class: str = ""
    cvc_result: str = ""
    ds_info: Authentication | None = None
    issuer_country_code: str = ""
    risk_score: str = ""
    transaction_identifier: str = ""


class RefundOfOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    amount: Decimal
    complete_time: str = ""
    currency: str
    desc: str = ""
    order_no: str
    """The merchant's number of the refund."""
    refund_status: str
    refund_time: str
    trade_no: str


class OrderAnswer(_Answer, frozen=True, kw_only=True):
    """`billing` and `shipping` are as they were sent."""

    order: OrderInfo
    billing: Mapping[str, object] | None = None
    shipping: Mapping[str, object] | None = None
    extend: IssuerDetails | None = None
    refund: tuple[RefundOfOrder, ...]
    """The oldest first."""


class RefundInfo(Priced, msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    amount: str
    currency: str
    desc: str = ""
    finish_time: str = ""
    merc_id: str
    refund_order_no: str
    """The merchant's number of the refund."""
    refund_status: str
    refund_trade_no: str


class RefundAnswer(RefundInfo, frozen=True, kw_only=True):
    resp_code: str
    resp_msg: str
    refunds: tuple[RefundInfo, ...] = ()
    """All refunds of the order, the newest first, where there are several and the order was asked about."""


class TrackingFault(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    index: int
    """Place in the list that was sent, from 0."""
    order_no: str
    tracking_no: str
    resp_code: str
    resp_msg: str


class TrackingAnswer(_Answer, frozen=True, kw_only=True):
    desc: str = ""
    trackings: tuple[str, ...] = ()
    """Identifiers of what was accepted, in order."""
    errors: tuple[TrackingFault, ...] = ()
    """What was not accepted, where many were sent."""


class Parcel(_Answer, frozen=True, kw_only=True):
    carrier: str = ""
    desc: str = ""
    order_no: str = ""
    shipment_date: str
    shipment_direction: str
    shipping_status: str
    tracking_no: str = ""
    tracking_number_type: str
    tracking_url: str = ""
    trade_no: str = ""
    matedata: Mapping[str, str] | None = None


class SubscribeAnswer(_Answer, frozen=True, kw_only=True):
    api_version: str
    sign_method: str
    subscribe_url: str
