"""Continue a run from its last checkpoint."""

from pathlib import Path

from artgan.api.prepare_job import check_trackers
from artgan.api.run import Run, open_run
from artgan.config import TrainingJob, make_config
from artgan.data.resolve import moved, require_pictures
from artgan.requests.declare import takes
from artgan.requests.resume import ResumeRequest
from artgan.runs import dependencies
from artgan.training.events import Broadcast, Notice
from artgan.util import paths
from artgan.util.processes import share_cores


@takes(ResumeRequest)
def resume(request: ResumeRequest) -> Run:
    """Continue a run from its last checkpoint, or restart it if it was stopped before its first.

    Beside the arguments below, it takes a new budget (``epochs``, ``steps``, ``time``, counted from the run's start;
    whichever is given replaces the old budget), another ``device``, ``precision``, ``threads``, ``devices``, ``nodes``,
    ``compile``, ``cuda_graphs``, ``gallery``, ``track``, ``sample_every``, ``checkpoint_every``, ``keep_checkpoints``,
    ``strict``, ``stop_on_collapse``, or another way to evaluate.

    Args:
        run: a run, its name, a unique prefix of it, or its path; None: the latest.
        checkpoint: continue from this checkpoint (a step or a file) instead of the last; later ones are renamed to
            ``left-…``.
        data: where the run's own images are now, if they have moved.
        listeners: called with every event of :mod:`artgan.training.events`.
        runs_dir: folder of the runs; None: ``ARTGAN_RUNS``, or ./runs.
        data_dir: folder that data sets are downloaded to; None: where it was.
        gallery_dir: folder of the exhibits; None: ``ARTGAN_GALLERY``, or ./gallery.

    Raises:
        UserError: if its budget is spent and no longer one is given, or another process is training it.
        ArtganError: if all its checkpoints are damaged.
    """
    share_cores()
    from artgan.training import session

    found = open_run(request.run, request.runs_dir, with_checkpoint=False)
    changes = request.changes()
    # The options as they were resolved, since another version of the plugin may have other defaults.
    parts = dependencies.needed(found.details, to_train=True)
    names = dependencies.locate(found, parts)
    before = {
        **found.details.config.to_json(),
        "model": names["model"],
        "data": names["data"],
        "options": {key: names.get(key, value) for key, value in found.details.model.options.items()},
        "data_options": found.details.data.options,
    }
    if request.data is None:
        remedy = f"artgan resume {found.name} --data FOLDER"
        require_pictures(found.name, before["data"], before["data_options"], remedy)
    else:
        before["data_options"] = moved(before["data"], before["data_options"], request.data)
    if changes.keys() & {"epochs", "steps", "time"}:
        before.update(epochs=None, steps=None, time=None)
    # Where the images were, unless the run has moved to another machine.
    folder = Path(found.details.data.folder)
    config = make_config({**before, **changes})
    check_trackers(config)
    job = TrainingJob(
        config,
        found.name,
        found.path.parent,
        folder if folder.is_dir() and not request.data_dir else paths.data_dir(request.data_dir),
        paths.gallery_dir(request.gallery_dir),
    )
    emit = Broadcast(list(request.listeners))
    changed = dependencies.changes(found, parts)
    if changed:
        emit(Notice(changed))
    return session.resume(found, job, emit, request.checkpoint)
