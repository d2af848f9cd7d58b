"""False alarms of the failure monitor: train healthy models with many seeds, so that every alarm is a false one.

    python -m benchmarks.healthy --models mlp,dcgan,cgan --data mnist --seeds 20 --seconds 60

Exits with 1 if there was an alarm. Measures nothing else, unless --judge is given.
"""

import sys

from benchmarks.trials import ByJudge, Trial, markdown, only_train, parser, perform, words


def main() -> int:
    """Print a table of false alarms; return 1 if there was one."""
    made = parser(__doc__.partition("\n")[0], "healthy.jsonl")
    made.set_defaults(n=64)
    made.add_argument("--models", default="dcgan")
    made.add_argument("--data", default="mnist")
    made.add_argument("--seeds", type=int, default=20, help="seeds per model (default: 20)")
    made.add_argument("--seconds", type=float, help="time per run (default: 60)")
    made.add_argument("--images", type=int, help="real images shown per run, instead of --seconds")
    arguments = made.parse_args()
    seconds = None if arguments.images else arguments.seconds or 60
    wanted = [
        Trial(model, arguments.data, seed, seconds, arguments.images)
        for seed in range(arguments.seeds)
        for model in words(arguments.models)
    ]
    measure = ByJudge(arguments.judge, arguments.n) if arguments.judge else only_train
    evaluator = arguments.judge.name if arguments.judge else "none"
    lines = perform(arguments, wanted, measure, evaluator)
    rows = []
    for model in words(arguments.models):
        of_model = [line for line in lines if line["model"] == model]
        alarms = [f"seed {line['seed']}: {alarm}" for line in of_model for alarm in line.get("alarms", [])]
        alarms += [f"seed {line['seed']}: {line['failed']}" for line in of_model if "failed" in line]
        alarms += [f"seed {line['seed']}: diverged" for line in of_model if line.get("recoveries")]
        rows.append(
            {
                "model": model,
                "runs": len(of_model),
                "each": f"{arguments.images:,} images" if arguments.images else f"{seconds:g} s",
                "false alarms": len(alarms),
                "which": ", ".join(alarms),
            }
        )
    print(markdown(rows))
    return 1 if any(row["false alarms"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
