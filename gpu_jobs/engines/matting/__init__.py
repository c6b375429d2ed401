"""Cut a person out of a photo: where they are, soft edges and hair, colours without a halo."""

from gpu_jobs.engines.matting.foreground import foreground_colours
from gpu_jobs.engines.matting.matter import AlphaMatter

__all__ = ["AlphaMatter", "foreground_colours"]
