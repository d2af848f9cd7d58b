"""Evaluate generated images. What may be wrong is checked before torch is imported."""

from typing import TYPE_CHECKING, get_args

from artgan.data.resolve import locate_data
from artgan.errors import unknown
from artgan.plugins.extractor_names import Features
from artgan.plugins.loading import registry
from artgan.plugins.specs import DatasetSpec, MetricSpec
from artgan.requests.declare import takes
from artgan.requests.evaluate import EvaluateRequest
from artgan.util.processes import share_cores

if TYPE_CHECKING:
    from artgan.metrics.report import Evaluation


@takes(EvaluateRequest)
def evaluate(request: EvaluateRequest) -> "Evaluation":
    """Measure how good and how varied generated images are, and look for copies of training images.

    Args:
        what: a run, an exhibit, the name or the path of one, a folder of images, or an array of images, uint8
            (N, C, H, W); None: the latest run.
        against: the real images: the name of a data set, or a folder; None: those that the run was trained on.
        data_options: options of ``against``.
        strict: stop at the first image that can't be read instead of skipping it.
        checkpoint: checkpoint of the run: a step, a file, or ``"best"``; None: the latest.
        metrics: names of metrics; None: all that are installed.
        n: how many images a run makes, or at most how many are read; also the most real images.
        seed: random seed of the images that a run makes.
        features: ``"inception"`` (Inception-v3), ``"classifier"`` (trained once on the data set's own labels),
            ``"random"`` (fixed random convolutions), or ``"auto"`` for what suits the images.
        labels: (N,) integers, the labels that an array of images was asked to have.
        copies: whether to look for near copies of training images.
        device: where to compute.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
        data_dir: folder that data sets are downloaded to; None: ``ARTGAN_DATA``, or the cache.
        gallery_dir: folder of the exhibits; None: ``ARTGAN_GALLERY``, or ./gallery.
        stage: called with what is going on, how much of it is done, and of how much.

    Returns:
        The figures; also kept in ``evaluation.json`` of the run's or the exhibit's folder.

    Raises:
        UserError: for unknown names, images that can't be compared, a missing library or file.
        ArtganError: if a metric fails, or the results can't be kept.
    """
    share_cores()
    known = registry()
    for name in request.metrics or ():
        known.find(MetricSpec, name)
    if request.features not in get_args(Features):
        raise unknown("extractor", request.features, get_args(Features))
    real = None
    if request.against is not None:
        values = locate_data({"data": request.against, "data_options": dict(request.data_options or {})})
        known.find(DatasetSpec, values["data"])
        real = {key: values[key] for key in ("data", "data_options")}
    from artgan.metrics import report
    from artgan.metrics.target import find_target

    target = find_target(
        request.what,
        real,
        checkpoint=request.checkpoint,
        labels=request.labels,
        runs_dir=request.runs_dir,
        data_dir=request.data_dir,
        gallery_dir=request.gallery_dir,
    )
    return report.evaluate(target, request)
