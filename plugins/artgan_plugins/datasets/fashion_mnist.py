"""Fashion-MNIST: 70,000 articles of clothing, 28x28, grey.

Xiao, Rasul and Vollgraf 2017, https://arxiv.org/abs/1708.07747.
"""

import artgan
from artgan_plugins.datasets.idx import IdxDataset

CLOTHES = (
    "t-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


class FashionMNIST(IdxDataset):
    title = "Fashion-MNIST"
    folder = "FashionMNIST"
    label_names = CLOTHES
    licence = "MIT, Zalando SE"
    homepage = "https://github.com/zalandoresearch/fashion-mnist"
    native = (artgan.ImageInfo(1, 28, 28, CLOTHES), 60_000)
    archive_bytes = {  # noqa: RUF012
        "train-images-idx3-ubyte": 26_421_880,
        "train-labels-idx1-ubyte": 29_515,
        "t10k-images-idx3-ubyte": 4_422_102,
        "t10k-labels-idx1-ubyte": 5_148,
    }

    @classmethod
    def source(cls) -> tuple[list[str], dict[str, str]]:
        from torchvision import datasets  # slow to import, and only needed to download

        return list(datasets.FashionMNIST.mirrors), dict(datasets.FashionMNIST.resources)
