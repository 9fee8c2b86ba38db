"""The hosted payment page and the payer's way through 3-D Secure (gateway contract, sections 6 and 7)."""

from polygate.checkout.onward import nowhere
from polygate.checkout.routes import routes
from polygate.checkout.way_back import front_origin

__all__ = ["front_origin", "nowhere", "routes"]
