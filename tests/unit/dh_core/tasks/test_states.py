from dh_core.tasks.states import (
    ACTIVE,
    MOVES,
    TERMINAL,
    Phase,
    Status,
    Transition,
    after_a_lost_attempt,
    counter_changes,
)


def test_clients_see_only_the_five_states_of_the_seed_api() -> None:
    assert {phase.status for phase in Phase} == set(Status)


def test_nothing_leaves_a_terminal_phase() -> None:
    assert not any(phase in move.sources for phase in TERMINAL for move in MOVES.values())


def test_every_active_phase_can_fail_and_be_cancelled() -> None:
    for phase in ACTIVE:
        assert phase in MOVES[Transition.FAIL].sources
        assert phase in MOVES[Transition.CANCEL].sources


def test_only_moves_of_an_attempt_are_fenced() -> None:
    fenced = {transition for transition, move in MOVES.items() if move.fenced}
    assert fenced == {
        Transition.START,
        Transition.RESTART,
        Transition.CLAIM_WAITING,
        Transition.AWAIT_RESTART,
        Transition.REQUEUE,
        Transition.COMPLETE,
        Transition.WITHHOLD,
    }


def test_counts_follow_the_public_status_and_always_balance() -> None:
    assert counter_changes(None, Phase.QUEUED) == {Status.PENDING: 1}
    assert counter_changes(Phase.QUEUED, Phase.SUBMITTED) == {}
    assert counter_changes(Phase.SUBMITTED, Phase.RUNNING) == {
        Status.PENDING: -1,
        Status.PROCESSING: 1,
    }


def test_the_third_lost_attempt_is_the_last() -> None:
    assert after_a_lost_attempt(losses=1, attempts_max=3) is Transition.REQUEUE
    assert after_a_lost_attempt(losses=2, attempts_max=3) is Transition.FAIL


def test_only_a_task_that_waits_for_its_machine_can_be_taken_over() -> None:
    assert MOVES[Transition.CLAIM_WAITING].sources == {Phase.SUBMITTED}
