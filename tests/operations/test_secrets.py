"""An app's new secret: the old one and everything it opened end at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from polygate.operations import new_accounts
from polygate.operations.administer import set_may_set_statement
from polygate.operations.rotation import rotate_app_secret
from tests.support.bodies import payment_body
from tests.support.house import MovableClock, house_at, shop_in


async def test_a_new_secret_ends_the_old_one_and_its_tokens(tmp_path: Path) -> None:
    """Whoever had them is told to get a token, and gets none with the old secret."""
    async with house_at(tmp_path / "polygate.db", MovableClock()) as house, shop_in(house) as shop:
        before = shop.secret
        made = await rotate_app_secret(house.context, shop.app)

        assert await shop.code("query", {"orderNo": "any-order"}) == "1003"
        for secret, code in ((before.reveal(), "1001"), (made.secret.reveal(), "0000")):
            assert await shop.code("connect/token", {"appId": shop.app.app_id, "secret": secret}, headers={}) == code


async def test_numbers_that_we_make_look_like_no_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen random digits may begin and end like American Express: the doctor would take them for a card."""
    drawn = iter([278_282_246_310_005, 278_282_246_310_006])
    async with house_at(tmp_path / "polygate.db", MovableClock()) as house, shop_in(house) as shop:
        monkeypatch.setattr("secrets.randbelow", lambda bound: next(drawn) if bound > 10**14 else 7)
        made = await new_accounts.create_app(house.context, shop.merchant, name="Second", methods=("card",))

    assert made.app.app_id == "378282246310006"


async def test_the_text_on_the_statement_is_the_operators_to_grant(tmp_path: Path) -> None:
    """Without it the order is taken all the same, and the merchant's name stands there."""
    async with house_at(tmp_path / "polygate.db", MovableClock()) as house, shop_in(house) as shop:
        await shop.call("payment", payment_body("stated-1", billingDesc="SHOP*ORDER2"))
        await set_may_set_statement(house.context.store, shop.app, may=False)
        await shop.call("payment", payment_body("stated-2", billingDesc="SHOP*ORDER2"))

        assert (await shop.query("stated-2"))["order"]["billingDesc"] == shop.merchant.name[:18]
