"""The doors of one house, each with the verbs that its API offers, carried out by our own typed clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.journeys.channel_door import ChannelDoor
from tests.journeys.door import Door
from tests.journeys.gateway_door import GatewayDoor
from tests.journeys.merchant_door import MerchantDoor
from tests.journeys.signed_door import SignedDoor

DOORS: Final[Mapping[str, type[Door]]] = {
    door.name: door for door in (GatewayDoor, MerchantDoor, SignedDoor, ChannelDoor)
}
