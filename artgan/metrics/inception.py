"""Features of Inception-v3, on which most published results are based; its weights have to be downloaded."""

import contextlib
import pickle
import sys
from pathlib import Path

import torch
from torch import Tensor

from artgan.data.dataset import Report
from artgan.data.download import download
from artgan.errors import ArtganError, UserError
from artgan.metrics.extractor import Extractor
from artgan.metrics.libraries import library

FEATURES, LOGITS = "2048", "logits_unbiased"
DOWNLOAD_BYTES = 95_628_359


class InceptionExtractor(Extractor):
    """Pooled features (N, 2048) and classes (N, 1008) of Inception-v3 (Szegedy et al. 2016).

    Network, weights and resizing are torch-fidelity's, which reproduce the results of Heusel et al. 2017.
    """

    kind = "inception"

    def __init__(self, device: torch.device, report: Report = lambda done, total: None) -> None:
        """Load the weights; download them first if necessary.

        Raises:
            UserError: if torch-fidelity isn't installed, or the weights can't be downloaded; says where to put them.
            ArtganError: if the file doesn't hold the weights.
        """
        source = library("torch_fidelity.feature_extractor_inceptionv3")
        path = weights_path(source.URL_INCEPTION_V3)
        try:
            download([source.URL_INCEPTION_V3], path, report=lambda done: report(done, DOWNLOAD_BYTES))
        except ArtganError as error:
            raise UserError(
                f"Inception-v3's weights can't be downloaded ({error}). Put {path.name} into {path.parent}, or use "
                "features that need no download: --features classifier (for images with labels) or --features random."
            ) from None
        try:
            # torch-fidelity unpickles the file, so make sure first that it holds only tensors and can't run code.
            torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            with contextlib.redirect_stdout(sys.stderr):
                network = source.FeatureExtractorInceptionV3(
                    "inception-v3-compat", [FEATURES, LOGITS], feature_extractor_weights_path=str(path)
                )
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, AttributeError) as error:
            raise ArtganError(
                f"{path} doesn't contain Inception-v3's weights ({type(error).__name__}). Delete it and run the "
                f"command again to download it from {source.URL_INCEPTION_V3}."
            ) from error
        self.network = network.to(device)
        self.device = device
        self.name = "Inception-v3 (ImageNet)"
        self.key = "inception-v3"

    def features(self, images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return features (N, 2048) and ImageNet's classes (N, 1008); grey becomes RGB, transparency white."""
        features, logits = self.network(to_rgb(images))
        return features, logits.softmax(1)


def weights_path(url: str) -> Path:
    """Return where torch.hub, and therefore torch-fidelity, keeps the weights."""
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]


def to_rgb(images: Tensor) -> Tensor:
    """Convert uint8 images of 1, 3 or 4 channels to (N, 3, H, W)."""
    if images.shape[1] == 1:
        return images.expand(-1, 3, -1, -1)
    if images.shape[1] == 4:
        alpha = images[:, 3:].float() / 255
        return (images[:, :3].float() * alpha + 255 * (1 - alpha)).round().to(torch.uint8)
    return images
