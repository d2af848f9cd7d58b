"""Continue a run from its last checkpoint."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from artgan.api.run import Run, find_run
from artgan.api.train_request import Place, check_trackers
from artgan.config import Request, make_config
from artgan.data.resolve import moved, require_pictures
from artgan.errors import UserError
from artgan.runs import dependencies
from artgan.training.events import Broadcast, Listener, Notice
from artgan.util import paths
from artgan.util.processes import share_cores


def resume(
    run: "Run | str | os.PathLike[str] | None" = None,
    *,
    checkpoint: str | int | Path | None = None,
    data: Place = None,
    listeners: Iterable[Listener] = (),
    runs_dir: Place = None,
    data_dir: Place = None,
    gallery_dir: Place = None,
    **changes: Any,
) -> Run:
    """Go on with a run where its last checkpoint is, or begin it again if it was stopped before its first.

    Args:
        run: a run, or what :func:`artgan.find_run` takes.
        checkpoint: go on from this one (a step or a file) instead of the last; later ones are renamed to ``left-…``.
        data: where the run's own pictures are now, if they have moved.
        listeners: called with every event.
        runs_dir: where runs are kept; None: ``ARTGAN_RUNS``, or ./runs.
        data_dir: where data sets are looked for and downloaded to; None: where it was.
        gallery_dir: where exhibits are hung; None: ``ARTGAN_GALLERY``, or ./gallery.
        changes: a new budget (``epochs``, ``steps``, ``time``, counted from the run's beginning; whichever is given
            replaces the old budget), or another ``device``, ``precision``, ``threads``, ``devices``, ``nodes``,
            ``gallery``, ``track``, ``sample_every``, ``checkpoint_every``, ``keep_checkpoints``, or a way to evaluate.

    Raises:
        UserError: if its budget is spent and no longer one given, or another process trains it.
        ArtganError: if all its checkpoints are damaged.
    """
    share_cores()
    from artgan.training import session

    found = run if isinstance(run, Run) else find_run(run, runs_dir, with_checkpoint=False)
    changes = {key: value for key, value in changes.items() if value is not None}
    if not changes.keys() <= session.CHANGEABLE:
        wrong = sorted(changes.keys() - session.CHANGEABLE)[0]
        raise UserError(f"{wrong} of a run can't be changed: start a new one with `artgan train`.")
    # The options as they were resolved: another version of the plugin may have other defaults.
    parts = dependencies.needed(found.details, to_train=True)
    names = dependencies.locate(found, parts)
    before = {
        **found.details.config.to_json(),
        "model": names["model"],
        "data": names["data"],
        "options": {key: names.get(key, value) for key, value in found.details.model.options.items()},
        "data_options": found.details.data.options,
    }
    if data is None:
        require_pictures(
            found.name, before["data"], before["data_options"], f"artgan resume {found.name} --data FOLDER"
        )
    else:
        before["data_options"] = moved(before["data"], before["data_options"], data)
    if changes.keys() & {"epochs", "steps", "time"}:
        before.update(epochs=None, steps=None, time=None)
    # Where the images were, unless the run has moved to another machine.
    folder = Path(found.details.data.folder)
    config = make_config({**before, **changes})
    check_trackers(config)
    request = Request(
        config,
        found.name,
        found.path.parent,
        folder if folder.is_dir() and not data_dir else paths.data_dir(data_dir),
        paths.gallery_dir(gallery_dir),
    )
    emit = Broadcast(list(listeners))
    changed = dependencies.changes(found, parts)
    if changed:
        emit(Notice(changed))
    return session.resume(found, request, emit, checkpoint)
