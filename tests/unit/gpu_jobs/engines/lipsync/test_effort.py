import numpy as np

from gpu_jobs.engines.lipsync.retrieval.trajectory import with_effort


def test_a_mumbled_curve_is_raised_to_the_persons_own_effort_and_closures_stay_shut() -> None:
    level = np.array([0.0, 0.2, 0.4, 0.3, 0.0, 1.0], np.float32)
    spoken = np.array([False, True, True, True, True, True])
    raised = with_effort(level, spoken, effort=0.45)
    assert raised[spoken].mean() >= 0.45
    assert (raised[level == 0] == 0).all()
    assert raised[1] < 2 * level[1]
    assert raised.max() == 1


def test_a_curve_that_moves_enough_is_left_alone() -> None:
    level = np.array([0.5, 0.9, 0.7], np.float32)
    assert (with_effort(level, np.ones(3, bool), effort=0.5) == level).all()


def test_silence_stays_silence() -> None:
    level = np.zeros(4, np.float32)
    assert (with_effort(level, np.zeros(4, bool), effort=0.5) == 0).all()
