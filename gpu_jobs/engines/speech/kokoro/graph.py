"""Names in the Kokoro ONNX graph that set-up adds and synthesis uses."""

DURATIONS = "/encoder/Clip_output_0"
"""Output: frames of 600 samples per token, float32, shape (tokens,)."""

F0_RAW = "/encoder/F0_proj/Conv_output_0"
"""Inside the graph: the predicted F0 curve before scaling, in Hz."""

F0_SCALE = "f0_scale"
"""Input: factor on the F0 curve, float32, shape (1,)."""

F0_SCALED = "f0_scaled"
"""Output: the F0 curve that was spoken, in Hz, two values per frame; near 0 where unvoiced."""
