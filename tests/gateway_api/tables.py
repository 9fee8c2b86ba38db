"""Tables of wrong and right values, tried one by one on an endpoint."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from tests.protocols.gateway.examples import GONE, changed
from tests.support.house import Shop

Case = tuple[str, str, Iterable[object]]
"""A place in the body (`card.cvc`, `productInfo[0].sku`), the `respCode` expected, the values that give it."""

__all__ = ["GONE", "Case", "go_through"]


async def go_through(shop: Shop, path: str, body: Mapping[str, Any], cases: Iterable[Case]) -> None:
    """Each value alone, each accepted one under an order number of its own; a refusal names the field first."""
    number = 0
    for place, code, values in cases:
        for value in values:
            number += 1
            whole = copy.deepcopy(dict(body))
            for own in ("orderNo", "refundNumber"):
                if own in whole and own != place and path != "refund":
                    whole[own] = f"{whole[own]}-{number}"
            if "refundNumber" in whole and place != "refundNumber":
                whole["refundNumber"] = f"{whole['refundNumber']}-{number}"
            answer = await shop.call(path, changed(whole, place, value))
            told = f"{place} = {value!r}: {answer['respCode']} {answer['respMsg']}"
            assert answer["respCode"] == code, told
            if code[0] == "2":
                assert answer["respMsg"].split(":")[0] == place, told
