"""Files that a stranger, an attacker or bad luck might send, and what becomes of them."""
