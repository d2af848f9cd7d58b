"""The specs of this package, one object per entry point. It names classes without importing them, to stay light."""

from collections.abc import Iterator

import artgan

# Square sizes that can be halved down to 4, 5, 6 or 7 pixels.
HALVED = tuple(sorted(base << power for base in (4, 5, 6, 7) for power in range(7) if 16 <= base << power <= 256))


class mlp:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        yield artgan.ModelSpec(
            "mlp",
            "The vanilla GAN: two multilayer perceptrons",
            "artgan_plugins.models.mlp:MLPGAN",
            # Its outermost layers grow with the number of pixels: with large images they would fill the memory.
            suits=artgan.Suits(0.1, "makes small images of any shape", largest=4 * 64 * 64),
        )


class dcgan:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        yield artgan.ModelSpec(
            "dcgan",
            "Deep convolutional GAN, square images of 16 to 256 pixels",
            "artgan_plugins.models.dcgan:DCGAN",
            default=True,
            suits=artgan.Suits(0.5, "the fastest model for square images", HALVED),
        )


class cgan:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        yield artgan.ModelSpec(
            "cgan",
            "Conditional GAN: makes images of the label you ask for",
            "artgan_plugins.models.cgan:CGAN",
            suits=artgan.Suits(
                0.6, "square images with {labels} labels, which it can make on request", HALVED, per_label=50
            ),
        )


class wgan_gp:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        yield artgan.ModelSpec(
            "wgan-gp",
            "Wasserstein GAN with gradient penalty, square images of 16 to 256 pixels",
            "artgan_plugins.models.wgan_gp:WGANGP",
        )


class r3gan:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        yield artgan.ModelSpec(
            "r3gan",
            "The modern baseline: relativistic loss with R1 and R2, square images of 16 to 256 pixels",
            "artgan_plugins.models.r3gan:R3GAN",
        )


class lightgan:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        yield artgan.ModelSpec(
            "lightgan",
            "FastGAN: for small data sets, a hundred to a few thousand square images of 16 to 256 pixels",
            "artgan_plugins.models.lightgan:LightGAN",
        )


class progan:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        yield artgan.ModelSpec(
            "progan",
            "Progressive growing: from 4 pixels to square images of 16 to 256 pixels",
            "artgan_plugins.models.progan:ProGAN",
        )


class stylegan2:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        home, sizes = "artgan_plugins.models.stylegan2", "square images of 16 to 256 pixels"
        yield artgan.ModelSpec("stylegan2", f"StyleGAN2: a style for every layer, {sizes}", f"{home}:StyleGAN2")
        yield artgan.ModelSpec(
            "stylegan2-cond",
            f"Conditional StyleGAN2: makes images of the label you ask for, {sizes}",
            f"{home}:StyleGAN2Conditional",
        )


class hybrid:
    @staticmethod
    @artgan.hookimpl
    def artgan_models() -> Iterator[artgan.ModelSpec]:
        home = "artgan_plugins.models.hybrid"
        yield artgan.ModelSpec("hybrid", "Several generators in one, mixed by a learned gate", f"{home}:Hybrid")
        yield artgan.ModelSpec(
            "hybrid-cond",
            "Conditional hybrid: makes images of the label you ask for",
            f"{home}:HybridConditional",
        )


class mnist:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec("mnist", "Handwritten digits, 28x28 grey", "artgan_plugins.datasets.mnist:MNIST")


class fashion_mnist:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "fashion-mnist",
            "Photographs of clothing, 28x28 grey",
            "artgan_plugins.datasets.fashion_mnist:FashionMNIST",
        )


class cifar10:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "cifar10", "Small photographs in ten classes, 32x32 RGB", "artgan_plugins.datasets.cifar10:CIFAR10"
        )


class folder:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "folder",
            "Any folder of pictures, with subfolders as labels",
            "artgan_plugins.datasets.folder:Folder",
            path_option="path",
        )


class archive:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "archive",
            "Pictures in a zip or tar file, read without unpacking",
            "artgan_plugins.datasets.archive:Archive",
            path_option="path",
            path_suffixes=(".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"),
        )


class exhibit:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "exhibit",
            "Images of an artgan exhibit, with their labels",
            "artgan_plugins.datasets.exhibit:Exhibit",
            path_option="path",
            path_holds="exhibit.json",
        )


class webdataset:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "webdataset",
            "WebDataset shards, streamed; keeps small copies",
            "artgan_plugins.datasets.webdataset:WebDataset",
        )


class huggingface:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "huggingface",
            "Any image data set on the Hugging Face Hub",
            "artgan_plugins.datasets.huggingface:HuggingFace",
        )


class medmnist:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "medmnist", "Twelve data sets of small medical images", "artgan_plugins.datasets.medmnist:MedMNIST"
        )


class torchvision:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        home = "artgan_plugins.datasets.torchvision"
        yield artgan.DatasetSpec("stl10", "Photographs in ten classes, 96x96 RGB", f"{home}:STL10")
        yield artgan.DatasetSpec("celeba", "200,000 faces, 178x218 RGB", f"{home}:CelebA")
        yield artgan.DatasetSpec("omniglot", "Letters from fifty alphabets, 105x105 grey", f"{home}:Omniglot")
        yield artgan.DatasetSpec("pets", "Photographs of 37 cat and dog breeds", f"{home}:Pets")


class glyphs:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "glyphs",
            "Digits drawn by code, 28x28 grey; no download",
            "artgan_plugins.datasets.glyphs:Glyphs",
            default=True,
        )


class mosaic:
    @staticmethod
    @artgan.hookimpl
    def artgan_datasets() -> Iterator[artgan.DatasetSpec]:
        yield artgan.DatasetSpec(
            "mosaic",
            "Generative art in several styles, 64x64 RGB; no download",
            "artgan_plugins.datasets.mosaic:Mosaic",
        )


class non_saturating:
    @staticmethod
    @artgan.hookimpl
    def artgan_losses() -> Iterator[artgan.LossSpec]:
        yield artgan.LossSpec(
            "non-saturating",
            "The loss that most GANs use, on logits",
            "artgan_plugins.losses.non_saturating:NonSaturating",
            default=True,
        )


class minimax:
    @staticmethod
    @artgan.hookimpl
    def artgan_losses() -> Iterator[artgan.LossSpec]:
        yield artgan.LossSpec(
            "minimax",
            "The original GAN loss: both networks play for the same value",
            "artgan_plugins.losses.minimax:Minimax",
        )


class least_squares:
    @staticmethod
    @artgan.hookimpl
    def artgan_losses() -> Iterator[artgan.LossSpec]:
        yield artgan.LossSpec(
            "least-squares", "LSGAN: pulls logits to 1 and 0", "artgan_plugins.losses.least_squares:LeastSquares"
        )


class hinge:
    @staticmethod
    @artgan.hookimpl
    def artgan_losses() -> Iterator[artgan.LossSpec]:
        yield artgan.LossSpec(
            "hinge", "Hinge loss: pushes logits apart, up to a margin", "artgan_plugins.losses.hinge:Hinge"
        )


class wasserstein:
    @staticmethod
    @artgan.hookimpl
    def artgan_losses() -> Iterator[artgan.LossSpec]:
        yield artgan.LossSpec(
            "wasserstein",
            "A critic's estimate of the Wasserstein distance; the critic must be kept smooth",
            "artgan_plugins.losses.wasserstein:Wasserstein",
        )


class relativistic:
    @staticmethod
    @artgan.hookimpl
    def artgan_losses() -> Iterator[artgan.LossSpec]:
        yield artgan.LossSpec(
            "relativistic",
            "R3GAN's loss: compares real and generated images in pairs; use with R1 and R2",
            "artgan_plugins.losses.relativistic:Relativistic",
        )


class tensorboard:
    @staticmethod
    @artgan.hookimpl
    def artgan_trackers() -> Iterator[artgan.TrackerSpec]:
        yield artgan.TrackerSpec(
            "tensorboard",
            "Event files in the run's folder; view with tensorboard --logdir runs",
            "artgan_plugins.trackers.tensorboard:TensorBoard",
            default=True,
        )


class wandb:
    @staticmethod
    @artgan.hookimpl
    def artgan_trackers() -> Iterator[artgan.TrackerSpec]:
        yield artgan.TrackerSpec("wandb", "Weights & Biases", "artgan_plugins.trackers.wandb:WandB")


class mlflow:
    @staticmethod
    @artgan.hookimpl
    def artgan_trackers() -> Iterator[artgan.TrackerSpec]:
        yield artgan.TrackerSpec(
            "mlflow", "MLflow, on a server or in a database", "artgan_plugins.trackers.mlflow:MLflow"
        )


class trackio:
    @staticmethod
    @artgan.hookimpl
    def artgan_trackers() -> Iterator[artgan.TrackerSpec]:
        yield artgan.TrackerSpec("trackio", "Trackio, on this machine", "artgan_plugins.trackers.trackio:Trackio")


class balanced:
    @staticmethod
    @artgan.hookimpl
    def artgan_curators() -> Iterator[artgan.CuratorSpec]:
        yield artgan.CuratorSpec(
            "balanced",
            "The best and most varied images",
            "artgan_plugins.curators.balanced:Balanced",
            default=True,
        )


class best:
    @staticmethod
    @artgan.hookimpl
    def artgan_curators() -> Iterator[artgan.CuratorSpec]:
        yield artgan.CuratorSpec(
            "best", "The images with the highest scores, however alike", "artgan_plugins.curators.best:Best"
        )


class varied:
    @staticmethod
    @artgan.hookimpl
    def artgan_curators() -> Iterator[artgan.CuratorSpec]:
        yield artgan.CuratorSpec(
            "varied", "The images that differ most from one another", "artgan_plugins.curators.varied:Varied"
        )


class fid:
    @staticmethod
    @artgan.hookimpl
    def artgan_metrics() -> Iterator[artgan.MetricSpec]:
        yield artgan.MetricSpec(
            "fid", "Fréchet distance between features", "artgan_plugins.metrics.frechet:FID", default=True
        )


class kid:
    @staticmethod
    @artgan.hookimpl
    def artgan_metrics() -> Iterator[artgan.MetricSpec]:
        yield artgan.MetricSpec(
            "kid", "Kernel distance between features, unbiased", "artgan_plugins.metrics.kernel:KID"
        )


class inception_score:
    @staticmethod
    @artgan.hookimpl
    def artgan_metrics() -> Iterator[artgan.MetricSpec]:
        yield artgan.MetricSpec(
            "is",
            "Inception score: images clearly of one class, all classes equally common",
            "artgan_plugins.metrics.inception_score:InceptionScore",
        )


class precision_recall:
    @staticmethod
    @artgan.hookimpl
    def artgan_metrics() -> Iterator[artgan.MetricSpec]:
        home = "artgan_plugins.metrics.precision_recall"
        yield artgan.MetricSpec("precision", "Share of generated images that lie among real ones", f"{home}:Precision")
        yield artgan.MetricSpec("recall", "Share of real images that lie among generated ones", f"{home}:Recall")


class density_coverage:
    @staticmethod
    @artgan.hookimpl
    def artgan_metrics() -> Iterator[artgan.MetricSpec]:
        home = "artgan_plugins.metrics.density_coverage"
        yield artgan.MetricSpec("density", "Density of real images around generated ones", f"{home}:Density")
        yield artgan.MetricSpec("coverage", "Share of real images with a generated one nearby", f"{home}:Coverage")
