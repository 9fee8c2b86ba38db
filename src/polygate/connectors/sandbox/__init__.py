"""The simulated acquirer that ships with the product, and the connector that speaks to it.

This face is all that the rest of the program may use of it.
"""

from polygate.connectors.sandbox.acquirer import SandboxAcquirer
from polygate.connectors.sandbox.book import Book, Entry, Taken, taken_minor
from polygate.connectors.sandbox.connector import CONNECTOR
from polygate.connectors.sandbox.pages import routes
from polygate.connectors.sandbox.trials import TRIALS

__all__ = ["CONNECTOR", "TRIALS", "Book", "Entry", "SandboxAcquirer", "Taken", "routes", "taken_minor"]
