"""What the API does, one module per use case. No HTTP here, and no AWS: the stores have that."""
