"""MNIST: 70,000 handwritten digits, 28x28, grey (LeCun, Bottou, Bengio and Haffner 1998)."""

import artgan
from artgan_plugins.datasets.idx import IdxDataset

DIGITS = tuple("0123456789")


class MNIST(IdxDataset):
    title = "MNIST"
    folder = "MNIST"
    label_names = DIGITS
    licence = "CC BY-SA 3.0, Yann LeCun and Corinna Cortes"
    homepage = "http://yann.lecun.com/exdb/mnist/"
    native = (artgan.ImageInfo(1, 28, 28, DIGITS), 60_000)
    archive_bytes = {  # noqa: RUF012
        "train-images-idx3-ubyte": 9_912_422,
        "train-labels-idx1-ubyte": 28_881,
        "t10k-images-idx3-ubyte": 1_648_877,
        "t10k-labels-idx1-ubyte": 4_542,
    }

    @classmethod
    def source(cls) -> tuple[list[str], dict[str, str]]:
        from torchvision import datasets  # slow to import, and only needed to download

        return list(datasets.MNIST.mirrors), dict(datasets.MNIST.resources)
