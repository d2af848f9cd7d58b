"""Recorded steps: a training with them is the one without. Where there is no GPU, the same Python stands in for it."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from artgan.config import make_config
from artgan.data.dataset import ImageInfo
from artgan.testing import trial_training
from artgan.testing.determinism import SimulatedRecorder
from artgan.training import checkpoint, cuda_graphs
from artgan.training.cuda_graphs import CUDARecorder, Graphs, Recorder, can_be_recorded
from artgan.training.engine import Engine
from artgan.training.trainer import Trainer
from tests import trainers
from tests.trainers import tiny_trainer

STEPS, BATCH, SIZE = 24, 8, 16
SMALL: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": (16,)},
    "dcgan": {"width": 4},
    "cgan": {"width": 4},
    "wgan-gp": {"width": 4},
    "r3gan": {"width": 16},
    "lightgan": {"width": 4},
    "progan": {"width": 4},
    "stylegan2": {"width": 4, "latent_dim": 16, "path": 2.0, "path_interval": 4},
    "hybrid": {"member_options": ("dcgan.width=4", "mlp.hidden=16"), "gate_width": 8},
    "hybrid-cond": {"member_options": ("cgan.width=4", "cgan-2.width=4"), "gate_width": 8},
}
SMALL["stylegan2-cond"] = SMALL["stylegan2"]
# What hangs on the step or on the budget.
COURSES: list[tuple[str, dict[str, Any]]] = [
    ("dcgan", {"lr_decay": "cosine", "instance_noise": 0.3, "r1_interval": 3}),
    ("dcgan", {"augment": "color,translation,cutout,flip,affine", "augment_p": "adaptive", "ada_kimg": 0.1}),
    ("dcgan", {"loss": "hinge", "d_steps": 3, "spectral_norm": True}),
    ("dcgan", {"loss": "wasserstein", "clip": 0.01, "r1": 0}),
    ("mlp", {"loss": "relativistic", "r2": 1.0, "r1_interval": 1}),
    ("mlp", {"loss": "least-squares", "gp": 1.0, "r1": 0, "label_smoothing": 0.0}),
    ("lightgan", {"augment_p": "adaptive", "augment": "color", "ada_kimg": 0.1}),
    ("stylegan2", {"lr_decay": "linear", "r1_interval": 2}),
]


def trainer(
    model: str, options: dict[str, Any], device: str = "cpu", save: Callable[[Trainer], None] | None = None
) -> Trainer:
    info = ImageInfo(3, SIZE, SIZE, ("a", "b"))
    whole, half = {**SMALL[model], **options}, STEPS // 2
    made = tiny_trainer(
        model, whole, info=info, images=40, batch=BATCH, steps=STEPS, save=save, save_at=half, device=device
    )
    made.graphs = None
    return made


def run(ready: Trainer, recorder: Recorder | None = None) -> Trainer:
    if recorder:
        ready.graphs = Graphs(recorder, ready.optimizers, warm_ups=1)
    return trainers.run(ready)


def differing(one: Trainer, other: Trainer) -> list[str]:
    pairs = (one.model, other.model), (one.average.model, other.average.model)
    return [name for pair in pairs if (name := trial_training.differing(*pair))]


@pytest.mark.parametrize(("model", "options"), [*((name, {}) for name in SMALL), *COURSES], ids=str)
def test_recorded_steps_train_as_others_do(model, options):
    plain, recorded = run(trainer(model, options)), trainer(model, options)
    run(recorded, SimulatedRecorder(recorded.model, recorded.optimizers))
    assert recorded.model.capturable
    assert recorded.graphs is not None
    assert recorded.graphs.recorded, "nothing was recorded"
    assert differing(plain, recorded) == []
    assert recorded.losses == plain.losses


def test_going_on_from_a_checkpoint_records_anew(tmp_path):
    options = {"lr_decay": "linear"}
    path = tmp_path / "step-00000012.safetensors"
    whole = run(trainer("dcgan", options, save=lambda made: checkpoint.save(path, made)), SimulatedRecorder())
    assert isinstance(whole.optimizers[0].param_groups[0]["lr"], torch.Tensor)
    resumed = trainer("dcgan", options)
    resumed.graphs = Graphs(SimulatedRecorder(), resumed.optimizers, warm_ups=1)
    checkpoint.load_for_training(path, resumed)
    assert resumed.step == STEPS // 2
    assert not resumed.graphs.recorded
    run(resumed)
    assert differing(whole, resumed) == []

    checkpoint.load_for_training(path, resumed)  # as a training does that has diverged
    assert not resumed.graphs.recorded
    run(resumed)
    assert differing(whole, resumed) == []


def test_a_loss_that_promises_nothing_is_not_recorded(monkeypatch):
    ready = trainer("mlp", {})
    monkeypatch.setattr(type(ready.model.loss), "capturable", False)
    run(ready, SimulatedRecorder())
    assert ready.graphs is not None
    assert not ready.graphs.recorded


def test_what_a_base_promises_its_subclasses_do_not():
    dcgan, loss = type(trainer("dcgan", {}).model), type(trainer("dcgan", {}).model.loss)
    assert dcgan.capturable
    assert loss.capturable
    assert not type("Other", (dcgan,), {}).capturable
    assert not type("Other", (loss,), {}).capturable


def test_a_step_without_a_phase_is_no_recording():
    ready = trainer("mlp", {})
    for prepared in ready.phases:
        prepared.phase = replace(prepared.phase, interval=2)
    assert run(ready, SimulatedRecorder()).step == STEPS


def test_what_phases_do_to_a_batch_is_not_left_in_the_next(monkeypatch):
    ready = trainer("cgan", {})
    usual = type(ready.model).generate
    given = []

    def generate(self, batch):
        given.append(batch.labels.data_ptr())
        batch.labels = batch.labels.clone()
        batch.latents(3).requires_grad_()
        return usual(self, batch)

    monkeypatch.setattr(type(ready.model), "generate", generate)
    run(ready, SimulatedRecorder())
    assert len(set(given)) == len(ready.graphs._steps), "labels are where they were when the step was recorded"


@pytest.mark.parametrize(("name", "read"), [("fraction", lambda b: b.fraction), ("generator", lambda b: b.generator)])
def test_what_no_recording_can_know_is_refused(monkeypatch, name, read):
    ready = trainer("mlp", {})
    usual = type(ready.model).generate
    monkeypatch.setattr(type(ready.model), "generate", lambda self, batch: (read(batch), usual(self, batch))[1])
    assert run(ready).step == STEPS
    with pytest.raises(RuntimeError, match=rf"batch\.{name} can't be"):
        run(trainer("mlp", {}), SimulatedRecorder())


def test_optimisers_that_count_in_python_are_not_recorded():
    weights = [torch.nn.Parameter(torch.zeros(2))]
    assert can_be_recorded([torch.optim.AdamW(weights), torch.optim.RMSprop(weights)])
    assert can_be_recorded([torch.optim.SGD(weights, lr=0.1)])
    assert not can_be_recorded([torch.optim.AdamW(weights), torch.optim.Adagrad(weights)])


def test_endless_kinds_are_not_all_kept(monkeypatch):
    ready = trainer("mlp", {})
    monkeypatch.setattr(cuda_graphs, "MOST_KINDS", 5)
    monkeypatch.setattr(type(ready.model), "variant", lambda self, batch: batch.step)
    run(ready, SimulatedRecorder())
    assert len(ready.graphs._steps) == 5
    assert differing(run(trainer("mlp", {})), ready) == []


@pytest.mark.parametrize(("model", "options"), [*((name, {}) for name in SMALL), *COURSES], ids=str)
def test_phases_say_whether_they_differentiate_twice(monkeypatch, model, options):
    ready = trainer(model, options)
    usual, twice = torch.autograd.grad, []

    def grad(*arguments, **keywords):
        twice.append(keywords.get("create_graph", False))
        return usual(*arguments, **keywords)

    monkeypatch.setattr(torch.autograd, "grad", grad)
    batch = ready.feed.batch(0)
    for prepared in ready.phases:
        twice.clear()
        prepared.phase.loss(batch)
        assert any(twice) == prepared.phase.second_order, prepared.phase.name


@pytest.mark.slow
def test_gradient_penalties_train_with_the_compiler():
    # The compiler's own back-propagation, without the compilation, which takes a while.
    made = {}
    for compiled in (False, True):
        ready = made[compiled] = trainer("mlp", {"r1_interval": 2, "r1": 1.0})
        if compiled:
            ready.engine.compile(ready.model, backend="aot_eager")
        run(ready)
    weights = zip(made[False].model.parameters(), made[True].model.parameters(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in weights)
    assert made[True].losses["r1"] == pytest.approx(made[False].losses["r1"], rel=1e-2)


def test_a_processor_records_nothing():
    assert Engine(make_config({"device": "cpu"})).recorder() is None


on_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")


@on_a_gpu
@pytest.mark.parametrize(("model", "options"), [*((name, {}) for name in SMALL), *COURSES], ids=str)
def test_a_gpu_trains_alike_from_recordings(model, options):
    # What is computed one kernel at a time has its learning rates in tensors, too: 32 bits of them.
    plain = run(trainer(model, options, "cuda"), SimulatedRecorder())
    recorded = run(trainer(model, options, "cuda"), CUDARecorder())
    assert recorded.graphs is not None
    assert recorded.graphs.recorded, "nothing was recorded"
    assert differing(plain, recorded) == []


UNRECORDABLE = """
from artgan.training.cuda_graphs import CUDARecorder
from tests.training.test_cuda_graphs import run, trainer

ready = trainer("mlp", {}, "cuda")
usual = type(ready.model).generate
type(ready.model).generate = lambda self, batch: (batch.images.mean().item() + 1) * usual(self, batch)
run(ready, CUDARecorder())
"""


@on_a_gpu
def test_what_a_gpu_cannot_record_is_told():
    # Not here: what fails while it is recorded leaves CUDA's random numbers of no use to this process.
    done = subprocess.run([sys.executable, "-c", UNRECORDABLE], capture_output=True, text=True, check=False)
    assert done.returncode
    assert "its steps can't be recorded as a CUDA graph; --no-cuda-graphs trains without" in done.stderr
