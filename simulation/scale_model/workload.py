"""A day of tasks: when they come, what they ask for, how many seconds of work that is.

Arrivals are a non-homogeneous Poisson process with the day's number given: the hours' weights
joined by straight lines, raised during bursts, drawn by inverting the cumulative rate minute by
minute (Lewis and Shedler 1979; Cinlar 1975, section 4.7). Texts are log-normal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.scale_model.figures import ServiceTimes

DAY = 86_400.0
MINUTES = 1440
TYPES = ("voice", "digital_human", "compose", "template", "extract_audio")
MAX_SPEECH_SECONDS = 1_200.0
"""The 5,000 characters that the API takes."""

Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Workload:
    """A day. All arrays have one entry a task, in order of arrival; times in seconds.

    `kind`: index into TYPES. `output`: finished sound or video. `head`: work before lips can be
    drawn (speech, the sample's preparation), `body`: the work that a fan-out may share out.
    `around`: work that every run repeats (fetch, label, upload).
    """

    arrival: Seconds
    kind: NDArray[np.int64]
    output: Seconds
    head: Seconds
    body: Seconds
    around: float
    start: float
    load: tuple[float, ...]
    join: float

    def __len__(self) -> int:
        return len(self.arrival)


def draw(count: int, values: Mapping[str, Any], times: ServiceTimes, seed: int) -> Workload:
    """A day of `count` tasks. `values`: the workload's part of assumptions.json."""
    random = np.random.default_rng(seed)
    rate = rate_by_minute(values, random)
    kinds = random.choice(len(TYPES), size=count, p=[values["mix"][name] for name in TYPES])
    speech = speech_seconds(count, values, times, random)
    noise = random.lognormal(0.0, values["noise_sigma"], count)
    unprepared = random.random(count) >= values["prepared_share"]

    is_type = {name: kinds == index for index, name in enumerate(TYPES)}
    speaks = is_type["voice"] | is_type["digital_human"] | is_type["compose"]
    prepare = times.values["prepare.per_sample_second"] * values["sample_seconds"]
    head = np.where(speaks, speech * times.speak, 0.0)
    head += np.where(is_type["digital_human"] & unprepared, prepare, 0.0)
    body = np.zeros(count)
    body[is_type["digital_human"]] = times.render(values["frames_per_second"])
    body[is_type["compose"]] = 1.0 / times.values["compose.times_real_time"]
    body *= speech
    preview, source = values["preview_seconds"], values["source_seconds"]
    head[is_type["template"]] = preview * times.values["template.per_preview_second"]
    head[is_type["extract_audio"]] = source * times.values["extract_audio.per_second"]
    output = np.where(speaks, speech, 0.0)
    output[is_type["template"]] = preview
    output[is_type["extract_audio"]] = source
    return Workload(
        arrival=arrivals(count, rate, random),
        kind=kinds,
        output=output,
        head=head * noise,
        body=body * noise,
        around=times.around,
        start=times.start,
        load=tuple(times.load(name) for name in TYPES),
        join=times.values["join"],
    )


def rate_by_minute(values: Mapping[str, Any], random: np.random.Generator) -> Seconds:
    """Relative rate in each minute of the day, shape (1440,)."""
    weights = np.asarray(values["hourly_weights"], dtype=np.float64)
    hours = (np.arange(MINUTES) + 0.5) / 60.0
    around = np.concatenate([weights[-1:], weights, weights[:1]])
    rate: Seconds = np.interp(hours, np.arange(-1, 25) + 0.5, around)
    length = max(1, round(values["burst_seconds"] / 60.0))
    for first in random.integers(0, MINUTES - length, size=values["bursts_per_day"]):
        rate[first : first + length] *= values["burst_factor"]
    return rate


def arrivals(count: int, rate: Seconds, random: np.random.Generator) -> Seconds:
    """`count` sorted times in a day whose rate is constant within each part of `rate`."""
    cumulative = np.r_[0.0, np.cumsum(rate)] / np.sum(rate)
    edges = np.linspace(0.0, DAY, len(rate) + 1)
    return np.interp(np.sort(random.random(count)), cumulative, edges)


def speech_seconds(
    count: int, values: Mapping[str, Any], times: ServiceTimes, random: np.random.Generator
) -> Seconds:
    """How long the texts are when spoken."""
    characters = random.lognormal(
        np.log(values["median_characters"]), values["characters_sigma"], count
    )
    spoken = characters / times.values["characters_per_speech_second"]
    return np.clip(spoken, 1.0, MAX_SPEECH_SECONDS)
