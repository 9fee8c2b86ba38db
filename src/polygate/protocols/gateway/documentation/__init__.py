"""The reference of the Gateway API, written from its declarations: an OpenAPI document and the chapters of a page."""
