"""Speed of the speech engine beside others: `python -m bench.engines.voice`.

    python -m bench.engines.voice [--threads 2] [--rounds 3] [--weights FOLDER] [--json FILE]

Processing time over length of speech (RTF; smaller is faster, 1 is real time), model load and a
first sentence apart. Peers on the same texts: the same acoustic model behind its authors' reading
(misaki), and espeak-ng's formant synthesis. Each engine is a process of its own; rounds take turns,
medians are shown. `eval.speech` says how well each is understood.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

from bench.engines.readers import ours, peers, reader
from bench.measuring.figures import Figures

TEXTS = {
    "short (8 characters)": "你好，欢迎来到这里。",
    "digits and English": "我们用iPhone 15拍摄了这段video，价格是5999元，比去年高了3.5%。",
    "four sentences": "今天天气很好，我们一起去公园散步。路边的花都开了，孩子们在草地上放风筝。"
    "中午我们在湖边吃了面条，味道很不错。晚上回到家里，大家都觉得有一点累，但是非常开心。",
}
OURS = "ours"


def main() -> None:
    """Measure, print a Markdown table, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=Path(".weights"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    commands = {
        OURS: ours(arguments.weights, arguments.threads),
        **peers(arguments.weights, arguments.threads, None),
    }
    readings: dict[str, list[reader.Reading]] = {name: [] for name in commands}
    for _ in range(arguments.rounds):
        for name, command in commands.items():
            readings[name].append(reader.run(command, list(TEXTS.values())))
    factors = {
        name: [
            statistics.median(one.spoken[place].spent / one.spoken[place].duration for one in runs)
            for place in range(len(TEXTS))
        ]
        for name, runs in readings.items()
    }
    print(f"| engine | {' | '.join(TEXTS)} | peak memory, MB |")
    print(f"|---|{'---|' * len(TEXTS)}---|")
    for name, runs in readings.items():
        cells = " | ".join(f"{factor:.2f}" for factor in factors[name])
        print(f"| {name} | {cells} | {max(one.memory for one in runs) / 1024:.0f} |")
    figures = Figures()
    for text, *each in zip(TEXTS, *factors.values(), strict=True):
        for name, factor in zip(factors, each, strict=True):
            figures.ratios[f"{text}, RTF of {name}"] = factor
    if arguments.json is not None:
        figures.write(arguments.json)


if __name__ == "__main__":
    main()
