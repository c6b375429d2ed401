"""hypothesis' `rule`, which also counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from hypothesis import stateful
from hypothesis import strategies as st

which: Final = st.integers(0, 15)
"""Chooses among however many there are."""
pace: Final = st.one_of(st.none(), st.integers(1, 12))
"""How many calls a process makes before it is held; None: all of them."""

FIRED: Final[Counter[str]] = Counter()
"""How often each rule was played, by name."""


def rule(
    when: Callable[[Any], object] = lambda _: True, **arguments: Any
) -> Callable[[Callable[..., None]], Any]:
    """A rule that may be played `when` there is something to play it on."""

    def decorate(function: Callable[..., None]) -> Any:
        @wraps(function)
        def counted(self: Any, **drawn: Any) -> None:
            FIRED[function.__name__] += 1
            function(self, **drawn)

        return stateful.precondition(lambda self: bool(when(self)))(
            stateful.rule(**arguments)(counted)
        )

    return decorate
