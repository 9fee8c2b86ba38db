"""Schema migrations (Alembic) for both databases."""
