"""The GPU engine: MuseTalk 1.5 (Zhang et al. 2024, arXiv:2410.10122) on diffusers and transformers.

One step of a latent U-Net paints the lower half of a 256² face so that it fits the sound. What the
network sees (crop, masked half, sound window) equals the published method, each module naming the
file and section of github.com/TMElyralab/MuseTalk that it follows; landmarks, mask and blending are
our own. `checkpoint` reads the published files, `generator` runs the networks, `engine` is the
lip-sync engine around them.
"""
