"""PostgreSQL 15 or newer: any number of processes over one database."""
