"""Speed of the speech engine: `python -m bench.engines.voice` (from the repository's root).

Prints a Markdown table of processing time over length of speech (RTF, smaller is faster; 1 is real
time) on two threads, model load apart. `--weights` names the folder that `make setup` filled.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

from gpu_jobs.engines.registry import SPEECH
from gpu_jobs.weights.store import WeightStore

TEXTS = {
    "short (8 characters)": "你好，欢迎来到这里。",
    "digits and English": "我们用iPhone 15拍摄了这段video，价格是5999元，比去年高了3.5%。",
    "four sentences": "今天天气很好，我们一起去公园散步。路边的花都开了，孩子们在草地上放风筝。"
    "中午我们在湖边吃了面条，味道很不错。晚上回到家里，大家都觉得有一点累，但是非常开心。",
}


def main() -> None:
    """Measure each text once, after a warm-up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    started = time.perf_counter()
    engine = SPEECH.load("kokoro", WeightStore(arguments.weights), arguments.threads)
    print(f"load {time.perf_counter() - started:.1f} s, {arguments.threads} threads\n")
    voice = engine.default_voice()
    engine.synthesise("预热。", voice, lambda _fraction: None)

    print("| text | speech, s | processing, s | RTF |\n|---|---|---|---|")
    for name, text in TEXTS.items():
        started = time.perf_counter()
        speech = engine.synthesise(text, voice, lambda _fraction: None)
        spent = time.perf_counter() - started
        print(f"| {name} | {speech.duration:.1f} | {spent:.1f} | {spent / speech.duration:.2f} |")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
