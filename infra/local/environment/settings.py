"""What `dh serve` is told by its environment, and the check of all settings before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from dh_core.settings import (
    ApiSettings,
    AuthSettings,
    DispatchSettings,
    Environment,
    JobSettings,
)
from dh_core.tasks.lanes import LANES
from gpu_jobs.engines.registry import check_names

_ALL: Final = (ApiSettings, AuthSettings, DispatchSettings, JobSettings)


class LocalSettings(Environment):
    """Settings that have other names or other defaults here than on AWS."""

    auth_mode: Literal["none", "token"] = "none"
    requests_per_minute: int = Field(default=0, ge=0, le=1_000_000)
    """One user's own machine: no limits unless asked for."""
    concurrent_tasks: int = Field(default=0, ge=0, le=100_000)
    daily_video_seconds: int = Field(default=0, ge=0, le=10_000_000)
    wait_seconds: int = Field(default=25, ge=0, le=60)
    """Waiting costs nothing here. The clients' own patience is 30 s."""
    fanout_seconds: float = Field(default=0.0, ge=0, le=3600)
    fanout_workers: int = Field(default=4, ge=0, le=100)
    keep_alive_seconds: int = Field(default=0, ge=0, le=3600)
    """Holds for every lane: they share this machine."""

    def variables(self) -> dict[str, str]:
        """As functions and jobs read them."""
        values = {name.upper(): str(value) for name, value in self}
        seconds = values.pop("KEEP_ALIVE_SECONDS")
        return values | {f"KEEP_ALIVE_SECONDS_{lane.upper()}": seconds for lane in LANES}


def checked(environ: Mapping[str, str]) -> LocalSettings:
    """The local settings, once every other that a function or a job will read is right too.

    Raises SettingsError. What the stack and the data folder will provide counts as given.
    """
    local = LocalSettings.from_env(environ)
    later = {
        name.upper(): "-"
        for settings in _ALL
        for name, field in settings.model_fields.items()
        if field.is_required()
    }
    complete = {**environ, **later, "AUTH_SECRETS": "-"}
    for settings in _ALL:
        settings.from_env(complete)
    check_names(JobSettings.from_env(complete))
    return local
