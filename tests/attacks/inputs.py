"""Feeds nonsense to everything that reads files: configurations, options, records, tables, metadata, checkpoints.

    python -m tests.attacks.inputs --examples 100000

Half of it is valid but for a few places. Whatever comes, there is an answer or one of artgan's own errors, within
seconds, and memory stays below 1 GiB.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from artgan.api.run import Run, list_runs
from artgan.cli.runs import _entry, _facts, _row
from artgan.config import make_config, parse_seconds, read_toml
from artgan.data import labels
from artgan.errors import ArtganError
from artgan.gallery.exhibit import METADATA, Exhibit
from artgan.gallery.exhibit import RECORD as EXHIBIT
from artgan.gallery.recreate import recreate
from artgan.imaging import png
from artgan.plugins import options
from artgan.runs import checksum
from artgan.runs.record import RECORD
from tests.attacks.nonsense import nearly, values
from tests.attacks.sealed import read_sealed, sealed

MOST_BYTES = 1 << 30
MOST_SECONDS = 5.0

RUN: dict[str, Any] = {
    "format": 1,
    "name": "run",
    "created": "2026-01-01T00:00:00.000+00:00",
    "status": "running",
    "config": {"model": "mlp", "data": "glyphs", "steps": 20, "time": None, "options": {"hidden": "8"}},
    "model": {"options": {"hidden": [8], "loss": "hinge"}, "parameters": {"generator": 10}},
    "data": {"name": "glyphs", "shape": [1, 28, 28], "labels": ["0", "1"], "images": 5, "options": {}, "folder": "/x"},
    "budget": {"max_steps": 20, "max_seconds": None},
    "progress": {"step": 20, "images": 320, "seconds": 1.5, "losses": {"generator": 0.5}},
    "process": {"pid": 1, "host": "here", "started": "1"},
    "plugins": {"model": {"distribution": "artgan", "version": "1", "entry_point": "mlp", "kind": "model"}},
    "sessions": [{"versions": {"artgan": "1"}, "plugins": {}}],
    "versions": {"artgan": "1"},
    "alarms": [{"step": 3, "kind": "collapsed", "text": "…"}],
    "best": {"step": 3, "metric": "fid", "value": 1.5, "extractor": "x", "features": "y"},
    "exhibit": None,
    "error": None,
}
SHOWN: dict[str, Any] = {
    "n": 2,
    "seed": 0,
    "run": "run",
    "checkpoint": "checkpoints/step-00000001.safetensors",
    "image": {"channels": 1, "height": 28, "width": 28},
    "request": {"scale": 1, "curate": None},
    "label_names": [],
}
CONFIG: dict[str, Any] = {"model": "mlp", "steps": 20, "time": "90s", "evaluate_metrics": ["fid"], "options": {"r1": 1}}


def _toml(draw: Any) -> bytes:
    lines = []
    for key in draw(
        some.lists(some.sampled_from([*CONFIG, "size", "track", "nonsense", "data-options.x"]), max_size=5)
    ):
        value = draw(values | some.sampled_from(list(CONFIG.values())))
        lines.append(f"{key} = {json.dumps(value, ensure_ascii=draw(some.booleans()))}")
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _text(whole: dict[str, Any]) -> Any:
    """Bytes: a record with mistakes in it, or damaged as text, or anything."""
    return (
        nearly(whole).map(lambda found: json.dumps(found).encode())
        | values.map(lambda found: json.dumps(found).encode())
        | some.binary(max_size=200)
        | some.integers(0, len(json.dumps(whole))).map(lambda length: json.dumps(whole).encode()[:length])
    )


def _checkpoints(draw: Any) -> bytes:
    """A safetensors file with a header that lies."""
    entry = some.fixed_dictionaries(
        {
            "dtype": some.sampled_from(["F32", "U8", "BF16", "X", ""]) | values,
            "shape": some.lists(some.integers(-1, 2**62), max_size=3) | values,
            "data_offsets": some.lists(some.integers(-1, 2**62), min_size=2, max_size=2) | values,
        }
    )
    metadata = some.dictionaries(some.sampled_from(["format", "progress", "sha256"]), some.text(max_size=70))
    header = {
        "__metadata__": draw(metadata | values),
        **draw(some.dictionaries(some.text(max_size=5), entry | values, max_size=3)),
    }
    text = draw(some.just(json.dumps(header).encode()) | some.binary(max_size=100))
    length = draw(some.just(len(text)) | some.integers(0, 2**64 - 1))
    return length.to_bytes(8, "little") + text + draw(some.binary(max_size=40))


def _read_config(folder: Path, content: bytes) -> None:
    path = folder / "config.toml"
    path.write_bytes(content)
    make_config(read_toml(path))


def _read_options(folder: Path, content: bytes) -> None:
    from artgan.models.gan_options import GANOptions

    text = content.decode("utf-8", "replace")
    pairs = options.parse_pairs(text.splitlines(), "--option")
    options.resolve(GANOptions, pairs, "model x")
    parse_seconds(text)


def _read_run(folder: Path, content: bytes) -> None:
    path = folder / "runs" / "run"
    path.mkdir(parents=True, exist_ok=True)
    (path / RECORD).write_bytes(content)
    list_runs(folder / "runs")
    run = Run(path)
    entry = _entry(run)
    _row(entry), _facts(run, entry)


def _read_exhibit(folder: Path, content: bytes) -> None:
    path = folder / "show"
    path.mkdir(exist_ok=True)
    record, _, lines = content.partition(b"\n\n")
    (path / EXHIBIT).write_bytes(record)
    (path / METADATA).write_bytes(lines)
    home = os.path.realpath(path / "images")
    for image in Exhibit.open(path).images:
        if not os.path.realpath(image).startswith(home):
            raise AssertionError(f"{image} is not in the exhibit")


def _read_checkpoint(folder: Path, content: bytes) -> None:
    path = folder / "step-00000001.safetensors"
    path.write_bytes(content)
    checksum.check(path)
    from artgan.runs.checkpoint_file import load_progress

    load_progress(path)


def _read_table(folder: Path, content: bytes) -> None:
    first, _, text = content.partition(b"\n")
    name = "metadata.csv" if first == b"csv" else "metadata.jsonl"
    table = labels.read_table(name, text.decode("utf-8", "replace"))
    if labels.choose_source("auto", table, None) == "metadata":
        labels.in_order(labels.from_table(["a.png", "b/c.png"], table, None))
    labels.choose_column(table, "genre")


def _tables(draw: Any) -> bytes:
    if draw(some.booleans()):
        row = some.dictionaries(some.sampled_from(["file_name", "label", "genre"]), some.just("a.png") | values)
        rows = [json.dumps(one) for one in draw(some.lists(row, max_size=3))]
        return "\n".join(["jsonl", *rows]).encode("utf-8", "surrogatepass") + draw(
            some.just(b"") | some.binary(max_size=9)
        )
    cell = some.sampled_from(["a.png", "b/c.png", "file_name", "label", '"', ",", "9" * 30]) | some.text(max_size=9)
    lines = [",".join(draw(some.lists(cell, max_size=4))) for _ in range(draw(some.integers(0, 3)))]
    return "\n".join(["csv", "file_name,label", *lines]).encode("utf-8", "surrogatepass")


SAID = {
    "run": "run",
    "checkpoint": "checkpoints/step-00000001.safetensors",
    "checkpoint_sha256": "0" * 64,
    "seed": 0,
    "index": 1,
    "truncation": 1.0,
    "scale": 1,
    "label": None,
}


def _read_picture(folder: Path, content: bytes) -> None:
    """A picture that says how it was made, up to where its checkpoint is looked for."""
    path = folder / "picture.png"
    path.write_bytes(png.annotate(png.encode(np.zeros((2, 2, 1), np.uint8)), content.decode("utf-8", "replace")))
    recreate(path, folder / "again.png", runs_dir=folder / "none")


def _lines(draw: Any) -> bytes:
    names = some.sampled_from(["images/00000.png", "images/../../x.png", "/etc/passwd", "..", "images"]) | values
    lines = [json.dumps({"file_name": draw(names)}).encode() for _ in range(draw(some.integers(0, 3)))]
    record = draw(some.just(json.dumps(SHOWN).encode()) | _text(SHOWN))
    return bytes(record.replace(b"\n\n", b"") + b"\n\n" + b"\n".join(lines))


def _pairs(draw: Any) -> bytes:
    from artgan.models.gan_options import GANOptions

    names = some.sampled_from([*GANOptions.model_fields, "nonsense", ""])
    typed = some.text(max_size=12) | some.sampled_from(
        ["adaptive", "1", "-1", "nan", "inf", "1e400", "hinge", "color,"]
    )
    signs = some.sampled_from(["=", "=", "==", ""])
    pairs = [draw(names) + draw(signs) + draw(typed) for _ in range(draw(some.integers(0, 3)))]
    return "\n".join(pairs).encode("utf-8", "surrogatepass")


def _drawn(source: Callable[[Any], bytes]) -> Any:
    return some.composite(source)()


READERS: dict[str, tuple[Any, Callable[[Path, bytes], None]]] = {
    "configurations": (_drawn(_toml) | some.binary(max_size=100), _read_config),
    "options": (_drawn(_pairs), _read_options),
    "runs": (_text(RUN), _read_run),
    "exhibits": (_drawn(_lines), _read_exhibit),
    "checkpoints": (_drawn(_checkpoints), _read_checkpoint),
    "sealed": (sealed(), read_sealed),
    "tables": (_drawn(_tables), _read_table),
    "pictures": (_text(SAID), _read_picture),
}


def attack(name: str, examples: int, folder: Path) -> tuple[int, int]:
    """Try so many inputs on a reader; returns how many there were, and how many of them were refused.

    Raises:
        BaseException: whatever a reader raises that is none of artgan's errors.
    """
    inputs, read = READERS[name]
    tried = refused = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(inputs)
    def run(content: bytes) -> None:
        nonlocal tried, refused
        tried += 1
        began = time.process_time()
        try:
            read(folder, content)
        except ArtganError:
            refused += 1
        except BaseException:
            print(f"{name}: {content!r}", file=sys.stderr)
            raise
        if time.process_time() - began > MOST_SECONDS:
            raise AssertionError(f"{content!r} took {time.process_time() - began:.1f} s")

    run()
    return tried, refused


def run_on(inputs: Any, one: Callable[[bytes], None]) -> Callable[[bytes], Any]:
    """``one`` for a fuzzer: it is given what ``inputs`` makes of the fuzzer's bytes."""

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(inputs)
    def run(content: bytes) -> None:
        one(content)

    return run.hypothesis.fuzz_one_input  # type: ignore[attr-defined, no-any-return]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=100_000, help="how many for each reader (100000)")
    parser.add_argument("--only", action="append", choices=READERS, help="this reader only (repeatable)")
    given_ = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        for name in given_.only or READERS:
            tried, refused = attack(name, given_.examples, Path(place))
            print(f"{name}: {tried:,} inputs, {refused:,} refused, none with anything but artgan's errors", flush=True)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"at most {most / 2**20:,.0f} MiB of memory")
    return int(most > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
