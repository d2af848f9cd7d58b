"""The engine against the plain loop: the same networks, images and batch size."""

from functools import partial

from artgan.training.engine import has_bf16_units
from benchmarks.images import mnist
from benchmarks.loops import BATCH, ArtganLoop, Loop, PlainLoop, build_gan
from benchmarks.measure import Context, interleave, median, ratio
from benchmarks.report import Result, Target

# Images a second against the plain loop's: with bf16 matrix units, and without.
WANTED = {"mlp": 3.0, "dcgan": 4.0, "cgan": 4.0}
WANTED_WITHOUT_UNITS = 1.5


def run(context: Context) -> Result:
    """Networks and options of each plugin as they come; R1 included in artgan's figures, which the plain loop lacks."""
    source = mnist(context)
    prepared = source.prepare()
    slice_seconds, repetitions = context.pick((3.0, 7), (0.05, 1))
    result = Result(
        "Engine against the plain loop",
        f"{source.what}, batch {BATCH}. Slices of {slice_seconds} s in turn (auto, 32-true, plain, auto, …): the "
        f"median of {repetitions}, after one warm-up slice each that isn't counted. Ratios are of slices of one turn.",
    )
    for name, wanted in WANTED.items():
        build = partial(build_gan, name, {}, prepared.info)
        auto = ArtganLoop(build, prepared, context.scratch, "auto", name)
        loops: dict[str, Loop] = {
            "auto": auto,
            "32-true": ArtganLoop(build, prepared, context.scratch, "32-true", name),
            "plain": PlainLoop(build(), source.data_dir),
        }
        contenders = {key: partial(loop.images_per_second, slice_seconds) for key, loop in loops.items()}
        found = interleave(contenders, repetitions)
        against = {key: ratio(found[key], found["plain"]) for key in ("auto", "32-true")}
        result.raw[name] = found
        result.rows.append(
            {
                "model": name,
                "precision auto": auto.engine.precision,
                "auto, images/s": median(found["auto"]),
                "32-true, images/s": median(found["32-true"]),
                "plain, images/s": median(found["plain"]),
                "auto / plain": against["auto"],
                "32-true / plain": against["32-true"],
            }
        )
        if has_bf16_units():
            result.targets.append(Target(f"{name} / plain loop", against["auto"].median, "x", at_least=wanted))
        result.targets.append(
            Target(f"{name} in 32-true / plain loop", against["32-true"].median, "x", at_least=WANTED_WITHOUT_UNITS)
        )
    return result
