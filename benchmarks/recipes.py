"""A sweep over recipes: loss, penalty, learning rate, betas, batch, latents, average, for models and data sets.

    python -m benchmarks.recipes --models mlp,dcgan --data mnist,glyphs --seconds 60 --seeds 0,1,2 --judge judge.py

By default, each variation differs from the model's defaults along one axis; ``--grid`` tries all combinations of the
given axes. You can interrupt it: the next call continues where it stopped.
"""

import sys
from collections import defaultdict
from itertools import product
from statistics import mean
from typing import Any

from artgan.plugins.options import parse_pairs
from benchmarks.trials import Line, Trial, markdown, parser, perform, summarise, words

Variation = dict[str, Any]

AXES: dict[str, dict[str, Variation]] = {
    "loss": {
        "minimax": {"loss": "minimax"},
        "non-saturating": {"loss": "non-saturating"},
        "least-squares": {"loss": "least-squares"},
        "hinge": {"loss": "hinge"},
        "relativistic": {"loss": "relativistic"},
        "wasserstein": {"loss": "wasserstein"},
    },
    "penalty": {
        "none": {"r1": 0},
        "r1 0.01": {"r1": 0.01},
        "r1 0.1": {"r1": 0.1},
        "r1 1": {"r1": 1},
        "r1 10": {"r1": 10},
        "r1 1 at every step": {"r1": 1, "r1_interval": 1},
        "r1+r2 0.1": {"r1": 0.1, "r2": 0.1},
        "r1+r2 1": {"r1": 1, "r2": 1},
        "r1 every 4 steps": {"r1_interval": 4},
        "r1 every 8 steps": {"r1_interval": 8},
        "gp 10": {"r1": 0, "gp": 10},
        "spectral norm": {"r1": 0, "spectral_norm": True},
    },
    "lr": {
        **{f"lr {rate:g}": {"lr_g": rate, "lr_d": rate} for rate in (2e-4, 5e-4, 1e-3, 2e-3, 4e-3)},
        "lr_d twice": {"lr_g": 1e-3, "lr_d": 2e-3},
        "lr_d half": {"lr_g": 2e-3, "lr_d": 1e-3},
        "lr_d a third": {"lr_g": 3e-3, "lr_d": 1e-3},
    },
    "decay": {f"decay {kind}": {"lr_decay": kind} for kind in ("linear", "cosine")},
    "betas": {
        f"betas {beta1:g}, {beta2:g}": {"beta1": beta1, "beta2": beta2}
        for beta1, beta2 in ((0.0, 0.9), (0.0, 0.99), (0.5, 0.9), (0.5, 0.99), (0.5, 0.999))
    },
    "batch": {f"batch {size}": {"batch_size": size} for size in (16, 32, 64, 128, 256)},
    "latent": {f"latents of {size}": {"latent_dim": size} for size in (16, 32, 64, 100)},
    "init": {"init normal": {"init_d": "normal"}},
    "ema": {f"ema {kimg:g} kimg": {"ema_kimg": kimg} for kimg in (1, 3, 10, 30, 100)},
    "tricks": {
        "label smoothing": {"label_smoothing": 0.1},
        "instance noise": {"instance_noise": 0.1},
        "DiffAugment": {"augment": "color,translation,cutout"},
        "adaptive augmentation": {"augment": "color,translation,cutout", "augment_p": "adaptive"},
        "two discriminator steps": {"d_steps": 2},
    },
}


def variations(axes: list[str], grid: bool) -> dict[str, Variation]:
    """Return the options of each variation by name, ``defaults`` first."""
    found: dict[str, Variation] = {"defaults": {}}
    if not grid:
        return found | {name: options for axis in axes for name, options in AXES[axis].items()}
    for chosen in product(*(AXES[axis].items() for axis in axes)):
        merged: Variation = {}
        for _, options in chosen:
            merged |= options
        found[", ".join(name for name, _ in chosen)] = merged
    return found


def trials(arguments: Any) -> list[Trial]:
    """List all runs, ordered so that every variation is tried once before any is repeated."""
    base = parse_pairs(arguments.set, "--set")
    found = []
    for seed, data, model in product(map(int, words(arguments.seeds)), arguments.data, words(arguments.models)):
        for name, options in variations(words(arguments.axes), arguments.grid).items():
            merged = {**base, **options}
            batch_size = int(merged.pop("batch_size", 0)) or None
            found.append(Trial(model, data, seed, arguments.seconds, arguments.images, merged, batch_size, name))
    return found


def tables(lines: list[Line], by: str) -> str:
    """Return one table per model and data set, the best variation first."""
    groups: dict[tuple[str, str], dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        groups[line["model"], line["data"]][line["name"]].append(line)
    texts = []
    for (model, data), named in groups.items():
        rows = []
        for name, of_seeds in named.items():
            good = [line for line in of_seeds if by in line.get("figures", {})]
            order = mean(line["figures"][by] for line in good) if good else float("inf")
            columns = dict.fromkeys(key for line in good for key in line["figures"] if key != "n")
            why = next((line.get("refused") or line.get("failed") for line in of_seeds if line not in good), None)
            row = {
                "recipe": name,
                "seeds": len(good),
                **summarise(good, [by, *(c for c in columns if c != by)]),
                "alarms": ", ".join(sorted({alarm for line in good for alarm in line["alarms"]})) or why or "",
            }
            rows.append((order, row))
        rows.sort(key=lambda entry: entry[0])
        texts.append(f"## {model} on {data}\n\n{markdown([row for _, row in rows])}")
    return "\n".join(texts)


def main() -> int:
    """Run what is missing, and print the tables."""
    made = parser(__doc__.partition("\n")[0], "recipes.jsonl")
    made.add_argument("--models", default="mlp,dcgan,cgan")
    made.add_argument("--data", action="append", metavar="NAME|FOLDER[@PIXELS]", help="repeatable (default: mnist)")
    made.add_argument("--seconds", type=float, help="time per run")
    made.add_argument("--images", type=int, help="real images shown per run, instead of --seconds")
    made.add_argument("--seeds", default="0,1,2")
    made.add_argument("--axes", default=",".join(AXES), help=f"axes to vary: {', '.join(AXES)}")
    made.add_argument("--grid", action="store_true", help="all combinations of the axes, not one change at a time")
    made.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="option for all runs (repeatable)"
    )
    made.add_argument("--by", default="fid", help="metric to sort tables by, lower first (default: fid)")
    arguments = made.parse_args()
    arguments.data = arguments.data or ["mnist"]
    if (arguments.seconds is None) == (arguments.images is None):
        made.error("give either --seconds or --images")
    if unknown := set(words(arguments.axes)) - set(AXES):
        made.error(f"unknown axis {', '.join(sorted(unknown))}: choose from {', '.join(AXES)}")
    print(tables(perform(arguments, trials(arguments)), arguments.by))
    return 0


if __name__ == "__main__":
    sys.exit(main())
