"""A still photo speaks: lips, jaw, eyelids and head moved by the speech's timing."""

from gpu_jobs.engines.portrait.animator import PortraitAnimator

__all__ = ["PortraitAnimator"]
