"""The benchmark: payments per second on both stores, beside pgbench and the bare HTTP server, in one run."""
