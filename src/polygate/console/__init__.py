"""The console at `/console`: a merchant's people look after their payments, operators after all merchants."""

from polygate.console.page import ROOT
from polygate.console.routes import fault, routes

__all__ = ["ROOT", "fault", "routes"]
