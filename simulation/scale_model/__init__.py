"""A model of this service under load: who asks for what, how long it takes, what runs it.

`figures` reads what was measured and assumed; `workload` draws a day of tasks; `lane` runs them on
machines that come, go and are reclaimed; `results` says how long they waited and what it cost.
Nothing here reads a clock: a seed gives the same day, second for second.
"""
