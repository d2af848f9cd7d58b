"""Rank correlation of `artgan evaluate` with another evaluator, over different runs.

    python -m benchmarks.ranking --judge judge.py

You can interrupt it: the next call continues where it stopped.
"""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

import artgan
from benchmarks.trials import ByArtgan, ByJudge, Line, Trial, markdown, parser, perform

# Different models, training lengths and harmful recipes: from mush to digits.
RUNS = (
    *(Trial("mlp", "mnist", 0, images=images) for images in (30_000, 60_000, 120_000)),
    *(Trial("dcgan", "mnist", 0, images=images) for images in (5_000, 10_000, 20_000, 40_000)),
    *(Trial("cgan", "mnist", 0, images=images) for images in (3_000, 10_000, 30_000)),
    Trial("wgan-gp", "mnist", 0, images=10_000),
    Trial("r3gan", "mnist", 0, images=10_000),
    Trial("dcgan", "mnist", 0, images=20_000, options={"r1": 10.0}, name="r1 10"),
    Trial("cgan", "mnist", 0, images=10_000, options={"lr_g": 2e-4, "lr_d": 2e-4}, name="lr 0.0002"),
)
OURS, THEIRS = ("fid", "kid"), "judge's fid"


@dataclass(frozen=True, slots=True)
class ByBoth:
    """Measures by a judge's Fréchet distance and by artgan's metrics."""

    judge: ByJudge
    own: ByArtgan

    def __call__(self, run: artgan.Run) -> dict[str, Any]:
        own = self.own(run)
        return {THEIRS: self.judge(run)["fid"], **{name: own[name] for name in OURS}}


def rank_correlation(first: list[float], second: list[float]) -> float:
    """Compute Spearman's rank correlation: 1 for the same order, 0 for unrelated ones, -1 for opposite ones."""
    ranks = [np.argsort(np.argsort(values)) for values in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1])


def table(lines: list[Line]) -> str:
    """Return a table of the runs, best first by the judge, and the rank correlations."""
    good = sorted((line for line in lines if "figures" in line), key=lambda line: line["figures"][THEIRS])
    rows = [
        {
            "model": " ".join(filter(None, (line["model"], line["name"]))),
            "images": f"{line['images']:,}",
            **{name: f"{line['figures'][name]:.4g}" for name in (THEIRS, *OURS)},
        }
        for line in good
    ]
    theirs = [line["figures"][THEIRS] for line in good]
    alike = [
        f"{name}: {rank_correlation([line['figures'][name] for line in good], theirs):.3f}"
        for name in OURS
        if len(good) > 1
    ]
    return f"{markdown(rows)}\nRank correlation with the judge over {len(good)} runs, {', '.join(alike)}.\n"


def main() -> int:
    """Run what is missing, and print the table."""
    made = parser(__doc__.partition("\n")[0], "ranking.jsonl")
    arguments = made.parse_args()
    if arguments.judge is None:
        made.error("give the other evaluator with --judge FILE.py")
    measure = ByBoth(ByJudge(arguments.judge, arguments.n), ByArtgan(arguments.n))
    evaluator = f"{arguments.judge.name} and artgan on {arguments.n}"
    print(table(perform(arguments, list(RUNS), measure, evaluator)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
