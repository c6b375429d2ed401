"""Developers' tools that train what the project ships; no job imports them."""
