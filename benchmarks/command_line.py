"""Response time of the command line, compared with a minimal typer program."""

import os
import sys
from functools import partial
from pathlib import Path

from benchmarks.measure import Context, artgan_program, interleave, median, ratio, run_program, seconds
from benchmarks.report import Result, Target

PLUGINS = 50
BROKEN = Path(__file__).parents[1] / "tests" / "plugins" / "broken"
NO_PLUGINS = ("__init__", "metric_raises_later")  # the second is the target that one of them names
BARE = """\
import typer

app = typer.Typer()


@app.command()
def hello(name: str = "you") -> None:
    "Say hello."
    print(f"hello {name}")


@app.command()
def bye(name: str = "you") -> None:
    "Say goodbye."
    print(f"bye {name}")


app()
"""
PLUGIN = """\
import artgan


@artgan.hookimpl
def artgan_models():
    yield artgan.ModelSpec("third-{number}", "A third party's model", "third_{number}.networks:Model")
"""
COMPLETION = {"_ARTGAN_COMPLETE": "complete_bash", "COMP_WORDS": "artgan train --model ", "COMP_CWORD": "3"}
# Maximum time, as a multiple of the bare program's --help.
WANTED = {"--help": 1.6, "models": 2.5, "plugins": 2.5, "completion": 2.5}


def run(context: Context) -> Result:
    """Time whole processes, from start to exit."""
    bare = context.scratch / "bare.py"
    bare.write_text(BARE)
    third = context.scratch / "third"
    install_plugins(third)
    broken = context.scratch / "broken"
    many = install_broken_plugins(broken)
    artgan = artgan_program()
    repetitions, warmups = context.pick((21, 3), (1, 0))
    result = Result(
        "The command line",
        f"Whole processes, in turn; the median of {repetitions} in milliseconds, after {warmups} of each that aren't "
        f"counted. Ratios are to the bare program's --help of the same turn. {PLUGINS} plugins: third-party packages "
        f"with one model each; or {many} plugins that are broken, each in a different way.",
    )
    settings = {
        "": {},
        f"{PLUGINS} plugins": {"PYTHONPATH": str(third)},
        f"{many} broken plugins": {"PYTHONPATH": f"{broken}{os.pathsep}{BROKEN}"},
    }
    for plugins, environment in settings.items():
        calls = {
            "bare typer program --help": ([sys.executable, str(bare), "--help"], {}),
            "python -c pass": ([sys.executable, "-c", "pass"], {}),
            "--help": ([artgan, "--help"], {}),
            "models": ([artgan, "models"], {}),
            "plugins": ([artgan, "plugins"], {}),
            "completion": ([artgan], COMPLETION),
        }
        listed = run_program([artgan, "plugins"], environment)
        if plugins and "third-7 " not in listed and "syntax-error " not in listed:
            raise RuntimeError("artgan doesn't find the plugins that were installed for the benchmark")

        def measure(command: list[str], own: dict[str, str], shared: dict[str, str] = environment) -> float:
            return seconds(lambda: run_program(command, {**shared, **own}))

        found = interleave({name: partial(measure, *call) for name, call in calls.items()}, repetitions, warmups)
        result.raw[plugins or "no plugins"] = found
        base = found["bare typer program --help"]
        for name, times in found.items():
            against = ratio(times, base)
            result.rows.append(
                {
                    "installed beside it": plugins or "nothing",
                    "command": name if name not in WANTED else f"artgan {name}",
                    "ms": 1000 * median(times),
                    "to the bare program": against,
                }
            )
            if name in WANTED:
                beside = f", {plugins}" if plugins else ""
                result.targets.append(Target(f"artgan {name}{beside}", against.median, "x", at_most=WANTED[name]))
    return result


def install_plugins(site: Path) -> None:
    """Install packages as a wheel would, importable once ``site`` is in ``PYTHONPATH``."""
    for number in range(PLUGINS):
        name = f"third_{number}"
        declare(site, name)
        package = site / name
        package.mkdir()
        (package / "__init__.py").write_text(PLUGIN.format(number=number))


def install_broken_plugins(site: Path) -> int:
    """Declare the tests' broken plugins as packages, for use with ``BROKEN`` in ``PYTHONPATH``; return their number."""
    names = [path.stem for path in BROKEN.glob("*.py") if path.stem not in NO_PLUGINS]
    for name in names:
        declare(site, name)
    return len(names)


def declare(site: Path, name: str) -> None:
    """Write the metadata of an installed package whose only entry point is the module ``name``."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    called = name.replace("_", "-")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {called}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[artgan]\n{called} = {name}\n")
