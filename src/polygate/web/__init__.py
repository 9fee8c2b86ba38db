"""ASGI glue: the application, its health checks and its last word on errors."""
