"""Transactions that meet on one item: how often one has to be repeated, and when it is given up.

DynamoDB refuses a transaction whose item another is at work on (Developer Guide, "Transaction
conflicts in DynamoDB"); the one that came first goes on. So an item is a server without a queue:
with L carried transactions a second that take it for T seconds each, it is taken for a share L T of
the time, and that share of those who come is refused (the M/G/1/1 loss system: offered A = a T,
refused A / (1 + A), carried A / (1 + A) = L T). `Table.transact` waits at random, and tries again.
"""

from __future__ import annotations

from typing import Final

from dh_core.store.table import TRIES

GIVEN_UP: Final = 1e-6
"""The share of transactions of which we accept that all tries meet another: an API call that ends
with 500, a message that is delivered again."""


def refused_share(carried: float, seconds: float) -> float:
    """Of the tries on an item that carries so many transactions a second; 1 from its most on."""
    return min(carried * seconds, 1.0)


def given_up_share(carried: float, seconds: float) -> float:
    """Of the transactions, after all their tries."""
    return refused_share(carried, seconds) ** TRIES


def carried_at_most(seconds: float, given_up: float = GIVEN_UP) -> float:
    """Transactions a second on one item of which no more than this share is given up."""
    return float(given_up ** (1.0 / TRIES)) / seconds
