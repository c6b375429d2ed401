"""What `eval.speech` measures speech with: a listener, scores, tones, other engines, sentences."""
