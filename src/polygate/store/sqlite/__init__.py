"""The embedded database: one file, write-ahead log, every commit synced to disk."""
