"""Batches: every image once an epoch, and the same whatever the number of processes."""

from pathlib import Path

import numpy as np
import torch

from artgan.data.dataset import ImageInfo
from artgan.data.feed import Feed
from artgan.data.prepare import Prepared

COUNT = 50


def feed(batch_size: int = 8, seed: int = 1, shard: tuple[int, int] = (0, 1)) -> Feed:
    images = np.arange(COUNT, dtype=np.uint8).reshape(COUNT, 1, 1, 1)
    labels = np.arange(COUNT, dtype=np.int64)
    prepared = Prepared(images, labels, ImageInfo(1, 1, 1, tuple("ab")), "fingerprint", Path())
    return Feed(prepared, batch_size, seed, torch.device("cpu"), shard)


def test_every_image_is_shown_once_an_epoch_in_another_order_each_time():
    source = feed(10)
    epochs = [torch.cat([source.batch(step).labels for step in range(n, n + 5)]).tolist() for n in (0, 5)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(COUNT))
    assert epochs[0] != epochs[1]


def test_a_batch_may_cross_the_end_of_an_epoch_and_be_larger_than_the_data():
    shown = torch.cat([feed(8).batch(step).labels for step in range(25)])
    assert torch.bincount(shown, minlength=COUNT).tolist() == [4] * COUNT
    assert len(feed(120).batch(0)) == 120


def test_images_are_in_minus_one_to_one_and_belong_to_their_labels():
    batch = feed().batch(3)
    assert torch.allclose(batch.images.flatten(), batch.labels / 127.5 - 1)


def test_any_step_can_be_drawn_without_those_before():
    source = feed()
    for step in range(9):
        source.batch(step)
    direct, later = feed().batch(9), source.batch(9)
    assert torch.equal(direct.labels, later.labels)
    assert torch.equal(direct.latents(4), later.latents(4))


def test_processes_share_a_batch_and_its_latents():
    whole = feed(8).batch(2)
    parts = [feed(8, shard=(rank, 2)).batch(2) for rank in range(2)]
    assert torch.equal(torch.stack([part.labels for part in parts], 1).flatten(), whole.labels)
    latents = whole.latents(3)
    assert torch.equal(torch.stack([part.latents(3) for part in parts], 1).flatten(0, 1), latents)


def test_seeds_differ():
    assert not torch.equal(feed(seed=1).batch(0).labels, feed(seed=2).batch(0).labels)


def labelled_feed(**options) -> Feed:
    """Forty images of label 0 and ten of label 1, dark on their left side."""
    images = np.full((COUNT, 1, 2, 1), [[0], [255]], np.uint8)
    labels = np.array([0] * 40 + [1] * 10, np.int64)
    prepared = Prepared(images, labels, ImageInfo(1, 1, 2, tuple("ab")), "fingerprint", Path())
    return Feed(prepared, 10, 1, torch.device("cpu"), **options)


def test_labels_are_shown_equally_often_on_request():
    source = labelled_feed(balance=True)
    shown = torch.cat([source.batch(step).labels for step in range(5)])
    assert torch.bincount(shown).tolist() == [25, 25]
    assert torch.bincount(torch.cat([labelled_feed().batch(step).labels for step in range(5)])).tolist() == [40, 10]
    assert torch.equal(labelled_feed(balance=True).batch(7).labels, source.batch(7).labels)


def test_equally_many_of_each_label_are_the_same_images_whatever_was_drawn_before():
    images = np.arange(COUNT + 3, dtype=np.uint8).reshape(-1, 1, 1, 1)
    labels = np.array([0] * 40 + [1] * 13, np.int64)  # an odd number: labels take turns at having one more
    prepared = Prepared(images, labels, ImageInfo(1, 1, 1, tuple("ab")), "fingerprint", Path())

    def source() -> Feed:
        return Feed(prepared, 10, 1, torch.device("cpu"), balance=True)

    old = source()
    for step in range(7, 12):
        assert torch.equal(old.batch(step).images, source().batch(step).images)
    assert torch.equal(old.batch(0).images, source().batch(0).images)


def test_half_of_the_images_are_mirrored_on_request():
    source = labelled_feed(mirror=True)
    sides = torch.cat([source.batch(step).images[:, 0, 0, 0] for step in range(5)])
    assert 15 < (sides > 0).sum() < 35
    parts = [labelled_feed(mirror=True, shard=(rank, 2)).batch(2).images for rank in range(2)]
    assert torch.equal(torch.stack(parts, 1).flatten(0, 1), source.batch(2).images)
    assert (labelled_feed().batch(2).images[:, 0, 0, 0] < 0).all()
