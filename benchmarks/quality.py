"""Image quality after 15, 60 and 300 seconds with all defaults, and failures by seed.

    python -m benchmarks.quality --judge judge.py --sheets sheets
    python -m benchmarks.quality --judge judge.py --models dcgan --seconds 60 --seeds 20

Run it on an idle machine, since the budget is time. You can interrupt it: the next call continues where it stopped.
"""

import sys
from statistics import mean, median
from typing import Any

from benchmarks.trials import Line, Trial, markdown, parser, perform, summarise, words

SECONDS = (15.0, 60.0, 300.0)
# Means of three seeds on MNIST, by model and seconds; fid at most, the others at least.
TARGETS: dict[str, dict[float, dict[str, float]]] = {
    "mlp": {15: {"fid": 150}, 60: {"fid": 50, "minclass": 0.07}, 300: {"fid": 30}},
    "dcgan": {15: {"fid": 150}, 60: {"fid": 45, "minclass": 0.07}, 300: {"fid": 15}},
    "cgan": {
        15: {"fid": 150, "cond_acc": 0.90},
        60: {"fid": 45, "cond_acc": 0.97, "minclass": 0.07},
        300: {"fid": 15, "cond_acc": 0.985},
    },
}
# Limit for every seed of the 60-second dcgan.
WORST_SEED, MANY_SEEDS = 80.0, 20
DISTRIBUTION = ("dcgan", 60.0)
BAR = 40


def trials(models: list[str], data: str, seconds: list[float], seeds: int, many: bool) -> list[Trial]:
    """List all runs, the short ones first, so that problems show early."""
    found = [
        Trial(model, data, seed, budget) for budget in sorted(seconds) for seed in range(seeds) for model in models
    ]
    if many and DISTRIBUTION[0] in models:
        found += [Trial(DISTRIBUTION[0], data, seed, DISTRIBUTION[1]) for seed in range(seeds, MANY_SEEDS)]
    return found


def table(lines: list[Line], seeds: int) -> str:
    """Return a table of mean and range by model and time, with their targets."""
    rows = []
    for model in dict.fromkeys(line["model"] for line in lines):
        for seconds in sorted({line["seconds"] for line in lines if line["model"] == model}):
            chosen = [
                line
                for line in lines
                if (line["model"], line["seconds"]) == (model, seconds) and line["seed"] < seeds and "figures" in line
            ]
            if not chosen:
                rows.append({"model": model, "seconds": f"{seconds:g}", "target": "failed"})
                continue
            wanted = TARGETS.get(model, {}).get(seconds, {})
            figures = dict.fromkeys(key for line in chosen for key in line["figures"] if key != "n")
            rows.append(
                {
                    "model": model,
                    "seconds": f"{seconds:g}",
                    "images shown": f"{mean(line['progress']['images'] for line in chosen):,.0f}",
                    **summarise(chosen, figures),
                    "alarms": sum(len(line["alarms"]) for line in chosen),
                    "target": ", ".join(_verdict(chosen, *target) for target in wanted.items()),
                }
            )
    return markdown(rows)


def _verdict(lines: list[Line], name: str, bound: float) -> str:
    values = [line["figures"][name] for line in lines if name in line["figures"]]
    if not values:
        return f"{name}: not measured"
    met = mean(values) <= bound if name == "fid" else mean(values) >= bound
    return f"{name} {'≤' if name == 'fid' else '≥'} {bound:g}: {'met' if met else 'MISSED'}"


def distribution(lines: list[Line]) -> str:
    """Draw a bar for every seed of the 60-second dcgan, the best first."""
    model, seconds = DISTRIBUTION
    chosen = [line for line in lines if (line["model"], line["seconds"]) == (model, seconds)]
    values = sorted((line["figures"]["fid"], line["seed"]) for line in chosen if "fid" in line.get("figures", {}))
    if len(values) < 2:
        return ""
    worst = values[-1][0]
    bars = [f"seed {seed:2}  {value:7.1f}  {'#' * max(1, round(BAR * value / worst))}" for value, seed in values]
    failed = len(chosen) - len(values)
    fids = [value for value, _ in values]
    verdict = "met" if worst < WORST_SEED and not failed else "MISSED"
    return (
        f"## {len(chosen)} seeds of {model}, {seconds:g} s\n\n```\n" + "\n".join(bars) + "\n```\n\n"
        f"Best {fids[0]:.1f}, median {median(fids):.1f}, worst {worst:.1f}, {failed} failed; all under "
        f"{WORST_SEED:g}: {verdict}.\n"
    )


def main() -> int:
    """Run what is missing, and print the tables."""
    made = parser(__doc__.partition("\n")[0], "quality.jsonl")
    made.add_argument("--models", default=",".join(TARGETS))
    made.add_argument("--data", default="mnist")
    made.add_argument("--seconds", default=",".join(f"{seconds:g}" for seconds in SECONDS))
    made.add_argument("--seeds", type=int, default=3, help="seeds per model and time (default: 3)")
    made.add_argument("--no-distribution", action="store_true", help=f"leave out the {MANY_SEEDS} seeds of dcgan")
    arguments: Any = made.parse_args()
    seconds = [float(word) for word in words(arguments.seconds)]
    wanted = trials(
        words(arguments.models),
        arguments.data,
        seconds,
        arguments.seeds,
        not arguments.no_distribution and DISTRIBUTION[1] in seconds,
    )
    lines = perform(arguments, wanted)
    print(f"# Quality on {arguments.data}, all defaults\n\n{table(lines, arguments.seeds)}\n{distribution(lines)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
