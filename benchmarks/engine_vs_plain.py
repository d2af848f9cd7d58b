"""The engine compared with a plain loop: the same networks, images and batch size."""

from functools import partial
from pathlib import Path

from artgan.devices import has_bf16_units, pick_device, pick_precision
from benchmarks.images import Source, mnist
from benchmarks.loops import BATCH, ArtganLoop, Loop, PlainLoop, build_gan
from benchmarks.measure import Context, interleave, median, ratio
from benchmarks.report import Result, Target
from benchmarks.worker import Worker

# Speed relative to the plain loop, in images per second, with bf16 matrix units and without.
WANTED = {"mlp": 3.0, "dcgan": 4.0, "cgan": 4.0}
WANTED_WITHOUT_UNITS = 1.5


def run(context: Context) -> Result:
    """Compare the models with their default networks and options; only artgan's times include R1."""
    source = mnist(context)
    source.prepare()
    seconds, repetitions = context.pick((3.0, 7), (0.05, 1))
    result = Result(
        "Engine against the plain loop",
        f"{source.what}, batch {BATCH}. Slices of {seconds} s in turn (auto, 32-true, plain, auto, …), each side in "
        f"its own process, which sleeps in between: the median of {repetitions}, after one warm-up slice each that "
        "isn't counted. Ratios are between slices of the same turn.",
    )
    with (
        Worker(_artgan, source, context.scratch, "auto") as auto,
        Worker(_artgan, source, context.scratch, "32-true") as single,
        Worker(_plain, source) as plain,
    ):
        sides = {"auto": auto, "32-true": single, "plain": plain}
        for name in WANTED:
            contenders = {side: worker.slices_of(name, seconds) for side, worker in sides.items()}
            result.raw[name] = interleave(contenders, repetitions)
    precision = pick_precision("auto", pick_device("auto"))
    for name, wanted in WANTED.items():
        found = result.raw[name]
        against = {key: ratio(found[key], found["plain"]) for key in ("auto", "32-true")}
        result.rows.append(
            {
                "model": name,
                "precision auto": precision,
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


def _artgan(source: Source, folder: Path, precision: str) -> dict[str, Loop]:
    prepared = source.prepare()
    build = partial(build_gan, options={}, info=prepared.info)
    return {name: ArtganLoop(partial(build, name), prepared, folder, precision, name) for name in WANTED}


def _plain(source: Source) -> dict[str, Loop]:
    info = source.prepare().info
    return {name: PlainLoop(build_gan(name, {}, info), source.data_dir) for name in WANTED}
