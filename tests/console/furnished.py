"""Something to see on every page: what the parts of addresses name in the look at all pages.

An area whose pages show something adds it to the house here, and says what its part of the path is.
"""

from __future__ import annotations

from polygate.assembly import House
from polygate.core.access import Role
from polygate.core.merchants import Merchant
from tests.support.console import somebody


async def furnish(house: House, merchant: Merchant) -> dict[str, str]:
    """Part of a path → what stands there."""
    colleague = await somebody(house, Role.SUPPORT, merchant.merchant_id, login="amy@shop.example")
    return {
        "merchant_no": merchant.merchant_no,
        "user_id": str(colleague.user.user_id),
    }
