"""The only place where plugs meet sockets: it opens a whole house from its settings."""

from polygate.assembly.house import House, open_house

__all__ = ["House", "open_house"]
