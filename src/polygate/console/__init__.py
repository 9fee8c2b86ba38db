"""The console at `/console`: a merchant's people look after their payments, operators after all merchants."""

from polygate.console.routes import routes

__all__ = ["routes"]
