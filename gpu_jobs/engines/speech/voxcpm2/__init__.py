"""The production engine: VoxCPM2, a 2-billion-parameter cloning model, through package `voxcpm`.

Model: https://github.com/OpenBMB/VoxCPM (Apache-2.0, code and weights). A language model writes
continuous latents patch by patch (160 ms each), a local diffusion transformer fills each patch, an
audio VAE turns them into 48 kHz sound; the reference voice stands before the text as latents.
`checkpoint` reads the published files, `passages` cuts the text, `generator` runs the model,
`engine` is the speech engine around them. The model says nothing of when each sound is spoken:
`gpu_jobs.engines.speech.voxcpm2.forced_alignment` finds it out.
"""
