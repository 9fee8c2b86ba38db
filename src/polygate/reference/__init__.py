"""The reference: a page for each merchant-facing API with its OpenAPI document, and a page of what to try."""

from polygate.reference.routes import routes

__all__ = ["routes"]
