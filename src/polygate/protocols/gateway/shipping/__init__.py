"""Parcels: the four `shipping/*` calls (sections 4.11 to 4.14)."""
