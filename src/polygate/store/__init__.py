"""Where things are kept: one contract, two databases, group commit as the only way to write."""
