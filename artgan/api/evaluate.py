"""The library behind ``artgan evaluate``. What may be wrong is checked before torch is imported."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from artgan.data.resolve import locate_data
from artgan.errors import unknown
from artgan.plugins.extractor_names import DEFAULT_IMAGES, Features
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec, MetricSpec
from artgan.util.processes import share_cores

if TYPE_CHECKING:
    from artgan.metrics.evaluator import Stage
    from artgan.metrics.report import Evaluation

Place = str | os.PathLike[str] | None


def evaluate(
    what: Any = None,
    *,
    against: Place = None,
    metrics: Sequence[str] | None = None,
    n: int = DEFAULT_IMAGES,
    seed: int = 0,
    checkpoint: str | int | Path | None = None,
    features: Features = "auto",
    labels: Any = None,
    copies: bool = True,
    device: str = "auto",
    data_options: Mapping[str, Any] | None = None,
    strict: bool = False,
    runs_dir: Place = None,
    data_dir: Place = None,
    gallery_dir: Place = None,
    stage: "Stage | None" = None,
) -> "Evaluation":
    """Measure how good and how varied generated images are, and look for copies of training images.

    Args:
        what: a run, an exhibit, the name or the path of one, a folder of pictures, or images uint8 (N, C, H, W); the
            latest run if None.
        against: the real images, a data set's name or a folder; those that the run learnt from if None.
        metrics: names of metrics; all that are installed if None.
        n: how many images a run makes, or the most that are read; also the most real images.
        seed: of the images that a run makes.
        checkpoint: of the run: a step, a file, or ``"best"``; the latest if None.
        features: which extractor: ``"inception"`` (Inception-v3), ``"classifier"`` (trained once on the data set's own
            labels), ``"random"`` (fixed random convolutions); ``"auto"`` takes what suits the images.
        labels: (N,) integers, what given images were asked to be.
        copies: whether to look for near copies of training images.
        device: where to compute.
        data_options: options of ``against``.
        strict: stop at the first picture that can't be read, instead of leaving it out.
        runs_dir: where runs are kept; None: ``ARTGAN_RUNS``, or ./runs.
        data_dir: where data sets are looked for and downloaded to; None: ``ARTGAN_DATA``, or the cache.
        gallery_dir: where exhibits are hung; None: ``ARTGAN_GALLERY``, or ./gallery.
        stage: called with what goes on, and how much of it is done, of how much.

    Returns:
        The figures; also kept in ``evaluation.json`` of the run's or the exhibit's folder.

    Raises:
        UserError: for unknown names, images that can't be compared, a missing library or file.
        ArtganError: if a metric fails, or the results can't be kept.
    """
    share_cores()
    known = registry()
    for name in metrics or ():
        known.find(MetricSpec, name)
    if features not in get_args(Features):
        raise unknown("extractor", features, get_args(Features))
    real = None
    if against is not None:
        values = locate_data({"data": against, "data_options": dict(data_options or {})})
        known.find(DatasetSpec, values["data"])
        real = {key: values[key] for key in ("data", "data_options")}
    from artgan.metrics import report as evaluation
    from artgan.metrics.target import find_target

    subject = find_target(
        what,
        real,
        checkpoint=checkpoint,
        labels=labels,
        runs_dir=runs_dir,
        data_dir=data_dir,
        gallery_dir=gallery_dir,
    )
    request = evaluation.Request(metrics, n, seed, features, device, copies, strict)
    return evaluation.evaluate(subject, request, stage or (lambda what, done, total: None))
