"""Training of the viseme network, gpu_jobs/engines/visemes/viseme_net.onnx: `make visemes`.

`synthesise` speaks an hour of sentences whose phoneme times are known, `train` teaches the network
to hear the lips in them. Nothing here saw a face or a recorded voice.
"""
