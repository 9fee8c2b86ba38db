"""What the reference pages of all APIs are made by: OpenAPI documents, and samples as text."""
