"""`polygate demo`: everything in one process, with a merchant to try it, nothing to set up and nothing real."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from polygate.core.methods import Method
from polygate.core.payouts import PayoutMethod

if TYPE_CHECKING:
    from polygate.assembly import House
    from polygate.core.cards import Secret
    from polygate.settings import Settings

OPENING_BALANCE_MAJOR: Final = 1_000_000
_NAME: Final = "Demo Shop"
_MCC: Final = "5999"


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
    data_dir: Annotated[Path, typer.Option(help="Where the database, the keys and demo.json are kept.")] = Path(
        "polygate-demo"
    ),
    database_url: Annotated[
        str | None, typer.Option(help="A PostgreSQL database to use instead of the file in the data directory.")
    ] = None,
) -> None:
    """Run API, pages and background jobs in one process, with a demo merchant and the sandbox acquirer.

    The first start creates the merchant; later starts keep everything. Test cards only: no money ever moves.
    """
    from polygate.cli import running
    from polygate.store.direct import revision
    from polygate.store.schema import newest

    os.umask(0o077)  # Keys and payments are nobody else's business, in whichever files they are kept.
    data_dir.mkdir(parents=True, exist_ok=True)
    chosen = _settings(host, port, data_dir, database_url)
    if revision(chosen.database_url) != newest():
        from polygate.store.migrate import migrate

        migrate(chosen.database_url)
    running.log_to_stderr(chosen.log_level)

    async def prepare(house: House) -> None:
        _tell(await _credentials(house, data_dir), chosen)

    running.run(running.serve(chosen, jobs=True, on_start=prepare))


def _settings(host: str, port: int, data_dir: Path, database_url: str | None) -> Settings:
    from polygate import settings

    return settings.read(
        host=host,
        port=port,
        base_url=os.environ.get("POLYGATE_BASE_URL") or f"http://{_reachable(host)}:{port}",
        database_url=database_url or f"sqlite:///{(data_dir / 'polygate.db').resolve()}",
        master_key=_master_key(data_dir / "master.key"),
        allow_private_webhooks=True,
        console_codes_required=False,
    )


def _reachable(host: str) -> str:
    """An address that a browser on this machine can open; one that only means "everywhere" is not."""
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104  # Compared with, not listened on.
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _master_key(path: Path) -> Secret:
    """The demo's own key, made on the first start, readable by its owner only."""
    from polygate.store.vault import new_master_key, read_master_key

    if not path.exists():
        path.write_text(new_master_key().reveal())
    return read_master_key(path.read_text())


class DemoMerchant(msgspec.Struct, rename="camel"):
    merchant_no: str
    name: str
    secret_key: str
    access_key: str


class DemoApp(msgspec.Struct, rename="camel"):
    app_id: str
    app_secret: str


class SignIn(msgspec.Struct):
    username: str = ""
    password: str = ""


class Console(SignIn):
    """Where to sign in, as the merchant's owner."""

    url: str = ""


class Credentials(msgspec.Struct, rename="camel"):
    """`demo.json`: what a client needs to talk to this demo."""

    base_url: str
    merchant: DemoMerchant
    app: DemoApp
    console: Console = msgspec.field(default_factory=Console)
    console_operator: SignIn = msgspec.field(default_factory=SignIn)


async def _credentials(house: House, data_dir: Path) -> Credentials:
    """Those of the merchant already there, or of a new one; written to `demo.json`."""
    path = data_dir / "demo.json"
    known = msgspec.json.decode(path.read_bytes(), type=Credentials) if path.exists() else None
    if known is None or await house.context.reads.merchant_by_no(known.merchant.merchant_no) is None:
        known = await _create(house)
    if not known.console.username:
        known.console, known.console_operator = await _console(house, known.merchant)
    known.base_url = house.settings.base_url
    known.console.url = f"{known.base_url}/console"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(known)))
    return known


async def _create(house: House) -> Credentials:
    from polygate.core.money import CURRENCIES, EXPONENTS, Money
    from polygate.operations.new_accounts import create_app, create_merchant

    balances = tuple(Money(OPENING_BALANCE_MAJOR * 10 ** EXPONENTS[code], code) for code in CURRENCIES)
    made = await create_merchant(house.context, name=_NAME, mcc=_MCC, fees={}, opening_balances=balances)
    shop = await create_app(
        house.context,
        made.merchant,
        name=_NAME,
        methods=tuple(map(str, Method)),
        payout_methods=tuple(map(str, PayoutMethod)),
        may_initiate=True,
    )
    return Credentials(
        base_url=house.settings.base_url,
        merchant=DemoMerchant(made.merchant.merchant_no, _NAME, made.secret_key.reveal(), made.access_key.reveal()),
        app=DemoApp(shop.app.app_id, shop.secret.reveal()),
    )


async def _console(house: House, merchant: DemoMerchant) -> tuple[Console, SignIn]:
    """An owner of the merchant and an operator, with passwords that need not be changed."""
    from polygate.core.access import Role
    from polygate.core.ids import MerchantId
    from polygate.core.people import NO_MERCHANT
    from polygate.operations.audit import AT_COMMAND_LINE
    from polygate.operations.people import add_user

    async def add(login: str, name: str, role: Role, merchant_id: MerchantId) -> SignIn:
        if (before := await house.context.reads.user_by_login(login)) is not None:
            # Left over from a demo.json that is gone, and with it the password.
            login = f"{before.user_id}-{login}"
        made = await add_user(
            house.context, AT_COMMAND_LINE, merchant_id=merchant_id, login=login, name=name, role=role,
            keeps_password=True,
        )  # fmt: skip
        return SignIn(made.user.login, made.password.reveal())

    known = await house.context.reads.merchant_by_no(merchant.merchant_no)
    assert known is not None
    owner = await add("owner@demo.example", "Demo Owner", Role.OWNER, known.merchant_id)
    operator = await add("operator@demo.example", "Demo Operator", Role.OPERATOR, NO_MERCHANT)
    return Console(owner.username, owner.password), operator


def _tell(demo: Credentials, chosen: Settings) -> None:
    typer.echo(
        f"""
  Polygate demo on {demo.base_url}   (test cards only, no money ever moves)

  merchantNo  {demo.merchant.merchant_no}
  appId       {demo.app.app_id}
  appSecret   {demo.app.app_secret}

  The console: {demo.console.url}
    as the merchant's owner   {demo.console.username}   {demo.console.password}
    as the operator           {demo.console_operator.username}   {demo.console_operator.password}

  Get a token and pay with a test card (paste into another terminal):

  TOKEN=$(curl -s {demo.base_url}/gateway/v1/connect/token \\
    -H 'Content-Type: application/json' \\
    -d '{{"appId":"{demo.app.app_id}","secret":"{demo.app.app_secret}"}}' \\
    | python3 -c 'import json,sys; print(json.load(sys.stdin)["accessToken"])')

  curl -s {demo.base_url}/gateway/v1/payment -H "Authorization: $TOKEN" -H 'Content-Type: application/json' -d '{{
    "amount": "10.99", "currency": "USD", "orderNo": "demo-'$(date +%s)'", "paymentMethodType": "card",
    "card": {{"cardNo": "4444333322221111", "cvc": "401", "expiryMonth": "12", "expiryYear": "2030",
             "firstName": "Amy", "lastName": "Lee"}},
    "deviceInfo": {{"clientIp": "127.0.0.1", "language": "en-US", "browser": {{"userAgent": "curl"}}}}
  }}'

  Or open an order for the payment page, and open its redirectUrl in a browser:

  curl -s {demo.base_url}/gateway/v1/cashier/order -H "Authorization: $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"amount": "25.00", "currency": "USD", "orderNo": "page-'$(date +%s)'", "description": "A first order"}}'

  Every call, with examples that run as they stand, and what else to pay with: {demo.base_url}/docs

  Stop with Ctrl-C. Everything is kept in {chosen.database_url}
"""
    )
