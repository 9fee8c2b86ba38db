"""The reference of the Merchant API."""

from __future__ import annotations

from polygate.protocols.contract import ApiReference


def reference(base_url: str) -> ApiReference:
    return ApiReference(
        title="Merchant API",
        about="",
        document={"openapi": "3.1.0", "info": {"title": "Merchant API", "version": "1"}, "paths": {}},
        examples={},
        before=(),
        after=(),
        decline_codes={},
    )
