"""Effect of bf16 on quality: the same number of images in bf16-mixed and in 32-true, several seeds each."""

from statistics import mean
from typing import Any

import artgan
from benchmarks.images import mnist
from benchmarks.measure import Context
from benchmarks.report import Result
from benchmarks.trials import ByJudge

MODELS = ("dcgan", "cgan", "mlp")
PRECISIONS = ("bf16-mixed", "32-true")


def run(context: Context) -> Result:
    """Compare precisions with ``--judge FILE.py``: ``judge(images, labels)`` of images (N, 1, 28, 28) in [-1, 1]."""
    title = "Quality by precision"
    if context.judge is None and not context.smoke:
        return Result(title, "", skipped="needs an evaluator of image quality (--judge FILE.py)")
    source = mnist(context)
    images, n, seeds = context.pick((160_000, 10_000, (0, 1, 2)), (64 * 3, 20, (0,)))
    measure = ByJudge(context.judge, n) if context.judge else _spread
    result = Result(
        title,
        f"{source.what}; {images:,} real images shown to each, the averaged generator, {n:,} samples evaluated by "
        f"{context.judge.name if context.judge else 'the spread of their pixels, as a stand-in'}. "
        f"Seeds {', '.join(map(str, seeds))}, precisions in turn; each value by seed, then the mean.",
    )
    for model in context.pick(MODELS, MODELS[1:2]):
        scores: dict[str, list[dict[str, Any]]] = {precision: [] for precision in PRECISIONS}
        for seed in seeds:
            for precision in PRECISIONS:
                run = artgan.train(
                    model=model,
                    data="mnist",
                    data_dir=source.data_dir,
                    runs_dir=context.scratch / "runs",
                    steps=images // 64,
                    batch_size=64,
                    seed=seed,
                    precision=precision,
                    gallery=False,
                )
                scores[precision].append({**measure(run), "seconds": run.record["progress"]["seconds"]})
        result.raw[model] = scores
        for precision, of_seeds in scores.items():
            result.rows.append(
                {
                    "model": model,
                    "precision": precision,
                    **{key: _figures([score.get(key) for score in of_seeds]) for key in ("fid", "cond_acc", "seconds")},
                }
            )
    return result


def _figures(values: list[float | None]) -> str | None:
    known = [value for value in values if value is not None]
    return f"{' '.join(f'{value:.4g}' for value in known)} → {mean(known):.4g}" if known else None


def _spread(run: artgan.Run) -> dict[str, Any]:
    return {"fid": float(run.sample(20, seed=run.config.seed).float().std())}
