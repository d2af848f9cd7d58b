"""Features for labelled images without a download: a small classifier, trained once on the data set itself."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from artgan.data.dataset import ImageInfo, Report
from artgan.data.prepare import Prepared
from artgan.devices import pick_precision
from artgan.metrics.extractor import Extractor
from artgan.util.files import locked, replacing, write_errors

VERSION = 1
"""Incremented whenever the same data set would yield a different classifier."""

FEATURES = 128
BATCH = 128
STEPS = 1200
EPOCHS = 20
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.01
HELD_OUT_SHARE = 0.1
MOST_HELD_OUT = 10_000


class Classifier(nn.Module):
    """Convolutions that halve the image until its sides are 8 pixels or less, then a feature layer and the classes."""

    def __init__(self, info: ImageInfo) -> None:
        super().__init__()
        height, width, channels = info.height, info.width, info.channels
        layers: list[nn.Module] = []
        wide = 32
        while not layers or max(height, width) > 8:
            layers += [*_convolution(channels, wide, 2), *_convolution(wide, wide, 1)]
            height, width, channels = math.ceil(height / 2), math.ceil(width / 2), wide
            wide = min(2 * wide, 128)
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * height * width, FEATURES), nn.ReLU())
        self.head = nn.Linear(FEATURES, info.labels)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (N, 128) and logits (N, labels) of images (N, C, H, W) uint8."""
        features = self.trunk(images.float() / 127.5 - 1)
        return features, self.head(features)


def _convolution(before: int, after: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)]


class ClassifierExtractor(Extractor):
    """The penultimate layer of a classifier that is trained on the labels of the data set itself.

    Attributes:
        accuracy: on images that it wasn't trained on, in [0, 1].
        held_out: the number of these images.
    """

    kind = "classifier"

    def __init__(self, network: Classifier, data: str, facts: dict[str, Any], device: torch.device) -> None:
        self.network = network.eval().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.accuracy, self.held_out = float(facts["accuracy"]), int(facts["held_out"])
        self.device = device
        self.data = data
        self.name = f"classifier of {data}, {self.accuracy:.1%} accurate on {self.held_out:,} held-out images"
        self.key = f"classifier-{VERSION}-{_digest(network)}"

    def features(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return features (N, 128) and the probability of each label (N, labels)."""
        features, logits = self.network(images.contiguous(memory_format=torch.channels_last))
        return features, logits.softmax(1)

    def details(self) -> dict[str, Any]:
        """Return the accuracy and the number of held-out images."""
        return {"accuracy": round(self.accuracy, 5), "held_out": self.held_out}


def classifier(
    prepared: Prepared, data: str, device: torch.device, report: Report = lambda done, total: None
) -> ClassifierExtractor:
    """Return the classifier for a prepared data set with labels; train it if the cache has none.

    Args:
        prepared: the images, with at least two labels.
        data: the name of the data set, for display.
        device: where to train and run it.
        report: called with the number of training steps done, and their total.

    Raises:
        ArtganError: if the cache can't be written.
    """
    folder = prepared.path / "evaluation"
    path = folder / f"classifier-{VERSION}.safetensors"
    network = _new(prepared.info)
    with write_errors(folder):
        folder.mkdir(exist_ok=True)
    # A process that gets here while another one is training the classifier waits, then loads the result.
    with locked(folder):
        facts = _load(path, network)
        if facts is None:
            accuracy, held_out = train(network, prepared, device, report)
            facts = {"accuracy": accuracy, "held_out": held_out, "fingerprint": prepared.fingerprint}
            _save(path, network, facts)
    return ClassifierExtractor(network, data, facts, device)


def train(
    network: Classifier, prepared: Prepared, device: torch.device, report: Report = lambda done, total: None
) -> tuple[float, int]:
    """Train on nine tenths of the images; return the accuracy on the rest, and the number of these.

    Leave torch's and NumPy's global random state alone.
    """
    assert prepared.labels is not None
    order = np.random.default_rng(VERSION).permutation(len(prepared))
    held_out = min(MOST_HELD_OUT, max(1, round(HELD_OUT_SHARE * len(prepared))))
    kept, learnt = np.sort(order[:held_out]), order[held_out:] if len(order) > held_out else order
    steps = min(STEPS, EPOCHS * math.ceil(len(learnt) / BATCH))
    network.train().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps + 1, pct_start=0.2)
    half = pick_precision("auto", device.type) == "bf16-mixed"
    shuffle = np.random.default_rng((VERSION, 1))
    queue = np.empty(0, np.int64)
    report(0, steps)
    for step in range(steps):
        while len(queue) < BATCH:
            queue = np.concatenate([queue, shuffle.permutation(learnt)])
        chosen, queue = queue[:BATCH], queue[BATCH:]
        images, labels = _take(prepared, np.sort(chosen))
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            _, logits = network(images.to(device))
            loss = F.cross_entropy(logits.float(), labels.to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        report(step + 1, steps)
    network.eval()
    right = 0
    with torch.inference_mode():
        for start in range(0, len(kept), 500):
            images, labels = _take(prepared, kept[start : start + 500])
            right += int((network(images.to(device))[1].argmax(1).cpu() == labels).sum())
    return right / len(kept), len(kept)


def _take(prepared: Prepared, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    assert prepared.labels is not None
    images = torch.from_numpy(prepared.images[rows]).permute(0, 3, 1, 2)
    return images, torch.from_numpy(prepared.labels[rows])


def _new(info: ImageInfo) -> Classifier:
    """Initialise a network without touching torch's global random state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(VERSION)
        return Classifier(info)


def _save(path: Path, network: Classifier, facts: dict[str, Any]) -> None:
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    with write_errors(path), replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"facts": json.dumps(facts)})


def _load(path: Path, network: Classifier) -> dict[str, Any] | None:
    """Load weights from ``path`` into ``network``; return the facts saved with them, or None if there are none."""
    try:
        with safe_open(path, framework="pt") as file:
            facts: dict[str, Any] = json.loads(file.metadata()["facts"])
            network.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
            return facts
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError):
        return None


def _digest(network: nn.Module) -> str:
    """Return a short hash of the weights."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
