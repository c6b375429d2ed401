"""Written by `make docs` from the OpenAPI document."""
