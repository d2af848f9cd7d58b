"""Make an exhibit of a run: sample, curate, and write images, metadata, contact sheet and page."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from artgan.gallery.curator import Curator, Pick
from artgan.gallery.curator import curate as choose
from artgan.gallery.exhibit import Exhibit, Place
from artgan.gallery.exhibit_record import describe
from artgan.gallery.writer import ExhibitWriter
from artgan.imaging.contact_sheet import default_columns
from artgan.imaging.credentials import open_signer
from artgan.plugins.errors import plugin_errors
from artgan.plugins.loading import load_class, registry
from artgan.plugins.specs import CuratorSpec
from artgan.requests.gallery import ExhibitRequest
from artgan.requests.shared import Report
from artgan.runs import dependencies
from artgan.sampling.load import load_model
from artgan.sampling.provenance import hold
from artgan.sampling.sampler import Sampler
from artgan.util import paths
from artgan.util.files import require_writable
from artgan.util.memory import oom_hint

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

TIMES = 4
"""Candidates drawn per image, by default."""


@oom_hint("try --device cpu, fewer images (--n), or a smaller --scale or --curate")
def make_exhibit(run: "RunFolder", request: ExhibitRequest) -> Exhibit:
    """Make an exhibit: a folder with images, metadata, a contact sheet and a page. See :func:`artgan.gallery`."""
    gallery = paths.gallery_dir(request.gallery_dir)
    if request.curator is not None or request.curate is not None:
        curator = request.curator or registry().default(CuratorSpec)
        request = replace(request, curate=request.curate or TIMES, curator=curator)
    n, seed, scale, columns = request.n, request.seed, request.scale, request.columns
    chooser = registry().find(CuratorSpec, request.curator) if request.curator is not None else None
    signer = open_signer(request.sign, request.sign_key, request.sign_tsa)
    source = run.checkpoint(request.checkpoint)
    place = Place(gallery, request.name, f"{run.name}-seed{seed}", request.overwrite)
    require_writable(gallery, "Choose a --gallery-dir that is writable.")
    sampler = Sampler(load_model(run, source, device=request.device))
    cycle = sampler.label_cycle(request.labels)
    if columns is None:
        columns = default_columns(n, len(cycle) if cycle else 0)

    picking = n * request.curate if request.curate else 0
    progress = _Progress(request.report, picking + n)
    plugins = [*dependencies.maker(run.details), *([chooser] if chooser else [])]
    with plugin_errors(plugins, lambda: "while choosing images"):
        picks = _pick(sampler, request, picking, cycle, progress, chooser) if chooser else None
    common, record = describe(run, source, request, gallery, sampler.model, chooser)
    record["credentials"] = signer.record() if signer else None
    with (
        plugin_errors(plugins, lambda: "while making images", only_calls=True),
        place.filling() as folder,
        ExhibitWriter(folder, n, sampler.info, common, picks, columns, scale, signer) as writer,
    ):
        indices = [pick.candidate for pick in picks] if picks else range(n)
        for drawn in sampler.draw(indices, seed, cycle, request.truncation):
            writer.put(drawn)
            progress.add(len(drawn.positions))
        record = writer.finish(record | {"name": place.path.name})
    hold(run, source, common)
    return Exhibit(place.path, record)


class _Progress:
    def __init__(self, report: Report, total: int) -> None:
        self.report, self.total, self.done = report, total, 0

    def add(self, images: int) -> None:
        self.done += images
        self.report(self.done, self.total)


def _pick(
    sampler: Sampler,
    request: ExhibitRequest,
    candidates: int,
    cycle: list[int] | None,
    progress: _Progress,
    chooser: CuratorSpec,
) -> list[Pick]:
    curator = load_class(chooser, Curator)()
    features, scores = [], []
    for drawn in sampler.draw(range(candidates), request.seed, cycle, request.truncation):
        features.append(curator.features(drawn.images))
        if drawn.scores is not None:
            scores.append(drawn.scores)
        progress.add(len(drawn.positions))
    groups = None if cycle is None else np.arange(candidates) % len(cycle)
    return choose(curator, np.concatenate(features), np.concatenate(scores) if scores else None, request.n, groups)
