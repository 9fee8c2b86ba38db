"""Settings of a production process, from `POLYGATE_*` variables. `docs/reference/settings.md` lists them.

A value can also be kept in a file: `POLYGATE_MASTER_KEY_FILE=/run/secrets/key` stands for `POLYGATE_MASTER_KEY`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from polygate.core.calls import CALLS_KEPT_DAYS, CallLogMode
from polygate.core.cards import Secret
from polygate.core.money import EXPONENTS
from polygate.core.payments import REFUND_WINDOW_DAYS
from polygate.store.vault import read_master_key

PREFIX: Final = "POLYGATE_"
_RATE_MAX: Final = 1_000_000
_FURTHER_MAX: Final = 3
"""With these, all addresses that a caller may have signed fit the twelve that are tried (signed contract, 2.3)."""


class LogLevel(StrEnum):
    """From which severity on events are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SettingError(Exception):
    """A setting is missing or cannot be used; the message names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a process is set up. Nothing secret shows in its `repr`."""

    database_url: str
    """`postgresql://...` or `sqlite:////absolute/path.db`."""
    master_key: Secret
    """32 bytes as base64 or hex: opens the vault's data keys."""
    base_url: str
    """Where payers and merchants reach us, e.g. `https://pay.example.com`; links and redirects are made from it."""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8080
    tls_certificate: str = ""
    """File with the certificate chain (PEM); with `tls_key`, the server speaks TLS itself."""
    tls_key: str = ""
    public_base_urls: str = ""
    """Further addresses at which callers reach us, comma-separated: they too may be in what callers sign."""
    trusted_proxies: str = ""
    """Addresses and networks of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed, comma-separated."""
    webhook_retry_delays: str = ""
    """Seconds, comma-separated: replaces every protocol's retry schedule. For tests."""
    allow_private_webhooks: bool = False
    """Let webhooks go to loopback and private addresses."""
    requests_per_second: Annotated[int, msgspec.Meta(ge=0, le=_RATE_MAX)] = 5_000
    """What one app may ask of one process, and twice that at once; 0 for no bound. Above what a process can do."""
    tokens_per_second: Annotated[int, msgspec.Meta(ge=0, le=_RATE_MAX)] = 50
    """Access tokens that one address may ask for, and ten times that at once; 0 for no bound."""
    refund_window_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = REFUND_WINDOW_DAYS
    """How long after its capture a payment may be refunded."""
    channel_currency: str = "INR"
    """The one currency of the Channel API."""
    channel_credit_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 30
    """How long the payer of a collection through the Channel API may take."""
    channel_plain_calls: bool = True
    """Whether the Channel API still answers calls that are not encrypted (V1)."""
    console_codes_required: bool = True
    """Whether everybody has to set up one-time codes before the console lets them in for good."""
    call_log: CallLogMode = CallLogMode.ALL
    """Which calls of merchants' servers are remembered: `all`, `refused` ones only, or `off`."""
    call_log_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = CALLS_KEPT_DAYS
    """For how long."""
    merchant_time_zone: str = "UTC"
    """Of every time that the Merchant API writes or reads; an IANA name."""
    merchant_order_minutes: Annotated[int, msgspec.Meta(ge=1, le=14_400)] = 120
    """How long the payer of an order of the Merchant API may take."""
    sandbox_pending_seconds: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 30
    """When a test payment that the sandbox leaves pending is approved; 0 for never."""
    signed_payment_minutes: Annotated[int, msgspec.Meta(ge=1, le=1_440)] = 30
    """How long the payer of a payment through the Signed API may take."""
    require_user_agent: bool = False
    """Whether the Signed API refuses calls without a `User-Agent`."""
    log_level: LogLevel = LogLevel.INFO

    @property
    def retry_delays_s(self) -> tuple[int, ...] | None:
        if not self.webhook_retry_delays:
            return None
        return tuple(int(text) for text in self.webhook_retry_delays.split(","))

    @property
    def further_base_urls(self) -> tuple[str, ...]:
        """Without slashes at the end."""
        return tuple(url.strip().rstrip("/") for url in self.public_base_urls.split(",") if url.strip())


FIELDS: Final = Settings.__struct_fields__
VARIABLES: Final = tuple(PREFIX + field.upper() for field in FIELDS)
_REQUIRED: Final = ("database_url", "master_key", "base_url")


def read(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from the environment; `given` (from the command line) wins. Raises SettingError."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {field: text for field in FIELDS if (text := _text(environment, field)) is not None}
    values |= {field: value for field, value in given.items() if value is not None}
    for field in _REQUIRED:
        if not values.get(field):
            raise SettingError(f"{PREFIX}{field.upper()} is not set: {_WHY[field]}")
    try:
        values["master_key"] = read_master_key(_revealed(values["master_key"]))
    except ValueError as error:
        raise SettingError(f"{PREFIX}MASTER_KEY: {error}") from None
    return _checked(_converted(values))


_WHY: Final = {
    "database_url": "which database to use, e.g. postgresql://user:password@host/polygate",
    "master_key": "make one with `polygate master-key` and keep it apart from the database",
    "base_url": "where payers and merchants reach this gateway, e.g. https://pay.example.com",
}


def _text(environment: Mapping[str, str], field: str) -> str | None:
    """A variable that is empty is not set: what starts processes writes it so where nothing was given."""
    name = PREFIX + field.upper()
    if path := environment.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE: {error.strerror}: {path}") from None
    return environment.get(name) or None


def _revealed(value: Any) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _converted(values: Mapping[str, Any]) -> Settings:
    plain = {field: value for field, value in values.items() if field != "master_key"}
    try:
        return msgspec.convert(
            plain | {"master_key": values["master_key"]}, Settings, strict=False, dec_hook=lambda _, value: value
        )
    except msgspec.ValidationError as error:
        field = str(error).partition(" - at `$.")[2].rstrip("`")
        raise SettingError(f"{PREFIX}{field.upper()} must be {_wanted(field)}") from None


def _wanted(field: str) -> str:
    """What a setting's text must be, for those that are no texts."""
    settings = msgspec.inspect.type_info(Settings)
    assert isinstance(settings, msgspec.inspect.StructType)
    declared = {each.name: each.type for each in settings.fields}[field]
    if isinstance(declared, msgspec.inspect.IntType):
        return f"a whole number from {declared.ge} to {declared.le}"
    if isinstance(declared, msgspec.inspect.EnumType):
        return f"one of {', '.join(declared.cls)}"
    return "true or false"


def _checked(settings: Settings) -> Settings:
    if not _is_base_url(settings.base_url):
        raise SettingError(f"{PREFIX}BASE_URL must be an absolute http or https URL without a query")
    if not all(map(_is_base_url, settings.further_base_urls)):
        raise SettingError(
            f"{PREFIX}PUBLIC_BASE_URLS must be absolute http or https URLs without a query, comma-separated"
        )
    if len(settings.further_base_urls) > _FURTHER_MAX:
        raise SettingError(f"{PREFIX}PUBLIC_BASE_URLS must be at most {_FURTHER_MAX}")
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        raise SettingError(f"{PREFIX}TLS_CERTIFICATE and {PREFIX}TLS_KEY go together")
    if not all(map(_is_network, settings.trusted_proxies.split(",") if settings.trusted_proxies else ())):
        raise SettingError(f"{PREFIX}TRUSTED_PROXIES must be addresses or networks, comma-separated, e.g. 10.0.0.0/24")
    scheme = settings.database_url.partition(":")[0]
    if scheme not in {"postgresql", "postgres", "sqlite"}:
        raise SettingError(f"{PREFIX}DATABASE_URL must start with postgresql:// or sqlite:///")
    if EXPONENTS.get(settings.channel_currency, 3) > 2:
        raise SettingError(f"{PREFIX}CHANNEL_CURRENCY must be a currency with at most 2 decimals, e.g. INR")
    try:
        ZoneInfo(settings.merchant_time_zone)
    except (ValueError, OSError, LookupError):
        raise SettingError(f"{PREFIX}MERCHANT_TIME_ZONE must name a time zone, e.g. UTC or Asia/Shanghai") from None
    try:
        delays = settings.retry_delays_s
    except ValueError:
        delays = (-1,)
    if delays is not None and any(delay < 0 for delay in delays):
        raise SettingError(f"{PREFIX}WEBHOOK_RETRY_DELAYS must be whole seconds, comma-separated")
    return settings


def _is_base_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.query or parts.fragment)


def _is_network(text: str) -> bool:
    """Also a single address. A name would be compared with addresses, and never be met."""
    try:
        ip_network(text.strip())
    except ValueError:
        return False
    return True
