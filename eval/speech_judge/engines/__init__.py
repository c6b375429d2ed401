"""Engines to stand side by side: each module is a process that reads aloud (see `reader`)."""
