"""Make an exhibit of a run: sample, curate, and write images, metadata, contact sheet and page."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from artgan.data.dataset import Report
from artgan.gallery.curator import Curator, Pick
from artgan.gallery.curator import curate as choose
from artgan.gallery.exhibit import Exhibit, Place
from artgan.gallery.exhibit_record import describe
from artgan.gallery.request import Request
from artgan.gallery.writer import ExhibitWriter
from artgan.imaging.contact_sheet import default_columns
from artgan.imaging.credentials import open_signer
from artgan.plugins.errors import plugin_errors
from artgan.plugins.loading import load_class, registry
from artgan.plugins.specs import CuratorSpec
from artgan.runs import dependencies
from artgan.sampling.load import load_model
from artgan.sampling.provenance import hold
from artgan.sampling.sampler import Labels, Sampler
from artgan.util import paths
from artgan.util.files import require_writable
from artgan.util.memory import oom_hint

if TYPE_CHECKING:
    from artgan.runs.folder import RunFolder

TIMES = 4
"""Candidates drawn per image, by default."""


@oom_hint("try --device cpu, fewer images (--n), or a smaller --scale or --curate")
def make_exhibit(
    run: "RunFolder",
    *,
    checkpoint: str | int | Path | None = None,
    seed: int = 0,
    n: int = 64,
    labels: Labels = None,
    truncation: float = 1.0,
    columns: int | None = None,
    gallery_dir: str | os.PathLike[str] | None = None,
    name: str | None = None,
    title: str | None = None,
    scale: int = 1,
    curate: int | None = None,
    curator: str | None = None,
    overwrite: bool = False,
    sign: str | os.PathLike[str] | None = None,
    sign_key: str | os.PathLike[str] | None = None,
    sign_tsa: str | None = None,
    report: Report | None = None,
    device: str = "auto",
) -> Exhibit:
    """Make an exhibit: a folder with images, metadata, a contact sheet and a page.

    Args:
        run: the run whose model makes the images.
        checkpoint: which one; the latest if None.
        seed: 0 to 2**63 - 1; the same seed gives the same images.
        n: how many images.
        labels: names or numbers that images get in turn, ``"each"`` for all labels in turn, None for random ones.
        truncation: in (0, 1]; less is less varied and often better.
        columns: of the contact sheet; None: about square.
        gallery_dir: the folder that exhibits are in; ``ARTGAN_GALLERY`` or ``./gallery`` if None.
        name: of the exhibit's folder; None: after run and seed, counted up if taken.
        title: of the page; None: the exhibit's name.
        scale: each pixel is enlarged to ``scale`` x ``scale``, in the images and on the contact sheet.
        curate: draw this many times ``n`` candidates, 4 if only a curator is given; None: the first ``n`` images.
        curator: the curator that chooses from them; None: the default curator.
        overwrite: replace an exhibit of the same name, once the new one is complete.
        sign: a certificate chain, to sign images and contact sheet with; empty: ``ARTGAN_SIGN_CERT``; None: unsigned.
        sign_key: its private key; see :func:`artgan.imaging.certificate.load`.
        sign_tsa: URL of a time-stamping authority; see :class:`artgan.imaging.credentials.Signer`.
        report: called with (images done, images in all).
        device: where the model runs; images are the same from time to time on the same one.

    Raises:
        UserError: for a request that can't be met, a name that is taken, a run without a checkpoint, a certificate that
            can't sign.
        ArtganError: if the disk is full or can't be written, or the model is broken. Nothing is left behind.
    """
    asked = labels if labels is None or isinstance(labels, str) else list(labels)
    gallery = paths.gallery_dir(gallery_dir)
    if curator is not None or curate is not None:
        curate, curator = TIMES if curate is None else curate, curator or registry().default(CuratorSpec)
    request = Request(
        run=run.name,
        checkpoint=None if checkpoint is None else str(checkpoint),
        seed=seed,
        n=n,
        labels=asked,
        truncation=truncation,
        columns=columns,
        scale=scale,
        curate=curate,
        curator=curator,
        gallery_dir=str(gallery),
        name=name,
        title=title,
        overwrite=overwrite,
        device=device,
    )
    request.check()
    chooser = registry().find(CuratorSpec, curator) if curator is not None else None
    signer = open_signer(sign, sign_key, sign_tsa)
    source = run.checkpoint(checkpoint)
    place = Place(gallery, name, f"{run.name}-seed{seed}", overwrite)
    require_writable(gallery, "Choose a --gallery-dir that is writable.")
    sampler = Sampler(load_model(run, source, device=device))
    cycle = sampler.label_cycle(labels)
    if columns is None:
        columns = default_columns(n, len(cycle) if cycle else 0)

    picking = n * curate if curate else 0
    progress = _Progress(report, picking + n)
    plugins = [*dependencies.maker(run.details), *([chooser] if chooser else [])]
    with plugin_errors(plugins, lambda: "while choosing images"):
        picks = _pick(sampler, request, picking, cycle, progress, chooser) if chooser else None
    common, record = describe(run, source, request, sampler.model, chooser)
    record["credentials"] = signer.record() if signer else None
    with (
        plugin_errors(plugins, lambda: "while making images", only_calls=True),
        place.filling() as folder,
        ExhibitWriter(folder, n, sampler.info, common, picks, columns, scale, signer) as writer,
    ):
        indices = [pick.candidate for pick in picks] if picks else range(n)
        for drawn in sampler.draw(indices, seed, cycle, truncation):
            writer.put(drawn)
            progress.add(len(drawn.positions))
        record = writer.finish(record | {"name": place.path.name})
    hold(run, source, common)
    return Exhibit(place.path, record)


class _Progress:
    def __init__(self, report: Report | None, total: int) -> None:
        self.report, self.total, self.done = report, total, 0

    def add(self, images: int) -> None:
        self.done += images
        if self.report:
            self.report(self.done, self.total)


def _pick(
    sampler: Sampler,
    request: Request,
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
