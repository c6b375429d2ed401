"""Machines come and go, processes are held, go on or die, calls fail, time passes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.model.cloud.batch import BatchJob
from tests.model.rules.message_rules import MessageRules, seldom, something_is_leased
from tests.model.rules.rule import pace, rule, which
from tests.model.workers.machines import Machine, machines, start
from tests.model.workers.processes import Fault, Process
from tests.model.workers.work import Ending


def _machines(self: MachineRules) -> list[tuple[Process, Machine]]:
    return machines(self.world)


def _may_have_jobs(self: MachineRules) -> bool:
    return bool(self.world.batch.waiting() or self.messages() or _machines(self))


def _one_of(items: list[Any], number: int) -> list[Any]:
    return [items[number % len(items)]] if items else []


def _held(self: MachineRules) -> list[Process]:
    return self.world.scheduler.held()


def _held_functions(self: MachineRules) -> list[Process]:
    return [process for process in _held(self) if not isinstance(process.body, Machine)]


class MachineRules(MessageRules):
    def waiting_jobs(self) -> list[BatchJob]:
        """Some, if messages can bring any about."""
        if not self.world.batch.waiting():
            self.every_message_is_delivered()
        return self.world.batch.waiting()

    def running_machines(self) -> list[tuple[Process, Machine]]:
        """Some, if a job can be had."""
        if not _machines(self):
            for job in self.waiting_jobs():
                start(self.world, job, Ending.GOOD, 12)
        return _machines(self)

    @rule(
        when=_may_have_jobs,
        number=which,
        ending=st.sampled_from(Ending),
        calls=st.one_of(st.none(), st.integers(1, 30)),
    )
    def a_waiting_job_gets_a_machine(self, number: int, ending: Ending, calls: int | None) -> None:
        for job in _one_of(self.waiting_jobs(), number):
            start(self.world, job, ending, calls)

    @rule(when=_may_have_jobs)
    def every_waiting_job_is_worked_off(self) -> None:
        for job in self.waiting_jobs():
            start(self.world, job, Ending.GOOD, None)

    @rule(when=_may_have_jobs, number=which, calls=st.integers(3, 40))
    def a_job_stands_still_halfway(self, number: int, calls: int) -> None:
        for job in _one_of(self.waiting_jobs(), number):
            start(self.world, job, Ending.GOOD, calls)

    @rule(
        when=_may_have_jobs,
        number=which,
        reason=st.sampled_from(("Host EC2 (instance i-1) terminated.", "OutOfMemoryError")),
    )
    def a_machine_is_lost(self, number: int, reason: str) -> None:
        for process, machine in _one_of(self.running_machines(), number):
            machine.lost = reason
            process.kill()

    @rule(when=_may_have_jobs, number=which, calls=pace)
    def a_machine_is_lost_and_missed(self, number: int, calls: int | None) -> None:
        """Batch holds its job for another; the sweep comes when the lease has run out."""
        for process, machine in _one_of(self.running_machines(), number):
            machine.lost = "Host EC2 (instance i-1) terminated."
            process.kill()
            self.world.scheduler.reap()
            self.pass_time(61)
            self.the_sweep_runs(calls=calls)

    @rule(when=_may_have_jobs, number=which)
    def a_machine_is_told_to_go(self, number: int) -> None:
        for _, machine in _one_of(self.running_machines(), number):
            machine.shutdown.request()

    @rule(when=lambda self: any(m.job.is_terminating for _, m in _machines(self)))
    def batch_ends_the_jobs_that_it_was_told_to_end(self) -> None:
        for process, machine in machines(self.world):
            if machine.job.is_terminating:
                machine.lost = "terminated"
                process.kill()

    @rule(when=_held)
    def all_held_processes_come_to_their_end(self) -> None:
        for process in _held(self):
            process.go()

    @rule(when=_held, number=which, calls=pace)
    def a_held_process_goes_on(self, number: int, calls: int | None) -> None:
        held = _held(self)
        held[number % len(held)].go(calls)

    @rule(when=_held_functions, number=which)
    def a_held_function_dies(self, number: int) -> None:
        held = _held_functions(self)
        held[number % len(held)].kill()

    @rule(when=_held, number=which, fault=st.sampled_from(Fault), calls=pace)
    def a_call_fails(self, number: int, fault: Fault, calls: int | None) -> None:
        held = _held(self)
        process = held[number % len(held)]
        process.fail_next_call(fault)
        process.go(calls)

    @rule(when=_may_have_jobs, queues=seldom, batch=seldom, receiver=seldom)
    def what_we_call_breaks_or_heals(self, queues: bool, batch: bool, receiver: bool) -> None:
        world = self.world
        world.queues.broken, world.batch.broken, world.receiver.well = queues, batch, not receiver
        world.was_hindered |= queues or batch

    @rule(when=something_is_leased, seconds=st.sampled_from((1, 10, 61, 130, 601, 4600)))
    def time_passes(self, seconds: int) -> None:
        self.pass_time(seconds)

    def pass_time(self, seconds: float) -> None:
        """Functions and jobs that are held for too long are ended by Lambda and Batch."""
        self.world.clock.now += seconds
        for process, machine in machines(self.world):
            if process.dies_at <= self.world.clock.now:
                machine.lost = "Job attempt duration exceeded timeout"
        for process in self.world.scheduler.held():
            if process.dies_at <= self.world.clock.now:
                process.kill()
