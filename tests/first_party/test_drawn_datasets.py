"""The data sets that artgan draws by itself: the same pictures every time, and pictures worth learning."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from artgan.errors import UserError
from artgan.plugins.options import resolve
from artgan_plugins.datasets.glyphs import Glyphs
from artgan_plugins.datasets.mosaic import Mosaic

pytestmark = pytest.mark.usefixtures("cache")

BOTH = pytest.mark.parametrize(("kind", "name"), [(Glyphs, "glyphs"), (Mosaic, "mosaic")])


def make(kind, tmp_path, size=None, **options):
    return kind(resolve(kind.Options, options, f"data set {kind.__name__.lower()}"), tmp_path, size)


@BOTH
def test_says_what_it_reads(kind, name, tmp_path):
    dataset = make(kind, tmp_path)
    info, count = kind.native
    assert (dataset.info, len(dataset)) == (info, count)
    assert dataset.on_disk()
    assert "CC0" in dataset.licence
    images, labels = dataset.read(count - 20, count)
    assert images.shape == (20, info.height, info.width, info.channels)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert set(labels) == set(range(info.labels))


@BOTH
def test_an_image_is_the_same_whatever_slice_it_is_read_in(kind, name, tmp_path):
    whole, labels = make(kind, tmp_path).read(480, 530)
    for start, stop in [(480, 481), (495, 505), (500, 530)]:
        part, part_labels = make(kind, tmp_path).read(start, stop)
        assert np.array_equal(part, whole[start - 480 : stop - 480])
        assert np.array_equal(part_labels, labels[start - 480 : stop - 480])


@BOTH
def test_threads_read_the_same_as_one(kind, name, tmp_path):
    dataset = make(kind, tmp_path)
    starts = range(0, 160, 20)
    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(lambda start: dataset.read(start, start + 20)[0], starts))
    assert np.array_equal(np.concatenate(parts), make(kind, tmp_path).read(0, 160)[0])


@BOTH
def test_labels_are_balanced_and_images_differ(kind, name, tmp_path):
    images, labels = make(kind, tmp_path, images=200).read(0, 200)
    assert set(np.bincount(labels)) == {20}
    assert len({image.tobytes() for image in images}) == 200


@BOTH
def test_seed_gives_other_pictures_and_another_fingerprint(kind, name, tmp_path):
    first, second = make(kind, tmp_path), make(kind, tmp_path, seed=1)
    assert not np.array_equal(first.read(0, 10)[0], second.read(0, 10)[0])
    assert first.fingerprint() == make(kind, tmp_path).fingerprint()
    prints = {d.fingerprint() for d in (first, second, make(kind, tmp_path, 32), make(kind, tmp_path, images=50))}
    assert len(prints) == 4


@BOTH
@pytest.mark.parametrize("size", [16, 33, 160])
def test_draws_at_the_size_asked_for(kind, name, size, tmp_path):
    dataset = make(kind, tmp_path, size)
    images, _ = dataset.read(0, 10)
    assert images.shape == (10, *dataset.info.shape[1:], dataset.info.channels)
    assert dataset.info.height == dataset.info.width == size
    assert images.reshape(10, -1).std(1).min() > 15


@BOTH
def test_reads_no_further_than_its_end(kind, name, tmp_path):
    images, labels = make(kind, tmp_path, images=25).read(20, 1000)
    assert len(images) == len(labels) == 5


@BOTH
def test_wrong_options_are_refused_in_words(kind, name, tmp_path):
    with pytest.raises(UserError, match=rf"Option images of data set {name} must be between 10 and \d+ .*not 3\."):
        make(kind, tmp_path, images="3")
    with pytest.raises(UserError, match=r"Option seed of .*not -1\."):
        make(kind, tmp_path, seed="-1")
    with pytest.raises(UserError, match="Did you mean 'images'"):
        make(kind, tmp_path, image="30")


def nearest_centroid(features, labels, train):
    centroids = np.stack([features[:train][labels[:train] == k].mean(0) for k in range(labels.max() + 1)])
    far = ((features[train:, None] - centroids) ** 2).sum(-1)
    return (far.argmin(1) == labels[train:]).mean()


def test_digits_are_told_apart(tmp_path):
    images, labels = make(Glyphs, tmp_path).read(0, 3000)
    # on MNIST itself the nearest centroid is right 82 times in 100
    assert nearest_centroid(images.reshape(3000, -1).astype(float), labels, 2000) > 0.75


def test_digits_look_like_mnist(tmp_path):
    images, _ = make(Glyphs, tmp_path).read(0, 2000)
    ink = images[..., 0] / 255
    assert ink.mean() == pytest.approx(0.1307, abs=0.01)
    assert ink.std() == pytest.approx(0.3081, abs=0.015)
    assert 0.75 < (images == 0).mean() < 0.87
    mass, line = ink.sum((1, 2)), np.arange(28)
    for axis in (1, 2):
        middle = (ink.sum(axis) @ line) / mass
        assert middle.mean() == pytest.approx(14, abs=0.1)
        assert np.abs(middle - 14).max() < 1.5
    assert ink[:, :2].max() == 0
    assert (ink[:, [0, -1]].sum() + ink[:, :, [0, -1]].sum()) / mass.sum() < 1e-3
    assert mass.min() > 20


def test_digits_without_distortion_and_noise_are_upright(tmp_path):
    plain = make(Glyphs, tmp_path, distortion=0, noise=0)
    wild = make(Glyphs, tmp_path)
    zeros, others = plain.read(0, 400)[0][::10], wild.read(0, 400)[0][::10]
    assert zeros.astype(float).std(0).mean() < 0.7 * others.astype(float).std(0).mean()


def test_styles_are_told_apart(tmp_path):
    images, labels = make(Mosaic, tmp_path).read(0, 800)
    small = images.reshape(-1, 64, 64, 3).mean(-1)
    across, down = np.abs(np.diff(small, axis=2)), np.abs(np.diff(small, axis=1))
    features = np.stack(
        [across.mean((1, 2)), down.mean((1, 2)), (across < 1).mean((1, 2)), (down < 1).mean((1, 2))]
        + [images[..., c].std((1, 2)) for c in range(3)]
        + [(images.max(-1).astype(int) - images.min(-1)).mean((1, 2)), small[:, :8].std((1, 2))],
        1,
    )
    features = (features - features.mean(0)) / features.std(0)
    assert nearest_centroid(features, labels, 500) > 0.45


def test_styles_can_be_chosen(tmp_path):
    dataset = make(Mosaic, tmp_path, styles="weave,hills,weave")
    assert dataset.info.label_names == ("weave", "hills")
    assert set(dataset.read(0, 9)[1]) == {0, 1}
    with pytest.raises(UserError, match="styles"):
        make(Mosaic, tmp_path, styles="weave,cubism")
    with pytest.raises(UserError, match="styles"):
        make(Mosaic, tmp_path, styles="")
