"""Polygate, a self-hosted payment gateway."""

from importlib.metadata import version

__version__ = version("polygate")
