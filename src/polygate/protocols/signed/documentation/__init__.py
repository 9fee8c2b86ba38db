"""The reference of the Signed API, made of what the code declares."""
