"""Image i of a seed is the same bytes, whatever else is drawn; labels are what was asked for."""

import pytest
import torch

from artgan.data.dataset import ImageInfo
from artgan.errors import ArtganError, UserError
from artgan.sampling.sampler import Sampler, block_size, resolve_labels
from tests.tiny_runs import GREY, LABELLED, Tiny


def test_images_do_not_depend_on_how_many_are_drawn(model):
    sampler = Sampler(model)
    many = sampler.sample(200, seed=3)
    assert many.dtype == torch.uint8
    assert many.shape == (200, 1, 28, 28)
    for n in (1, 63, 64, 65, 199):
        assert torch.equal(sampler.sample(n, seed=3), many[:n])


def test_any_subset_in_any_order_is_the_same_images(model):
    sampler = Sampler(model)
    many = sampler.sample(200, seed=3)
    for indices in ([150], [199, 0, 64, 63, 64], range(70, 130), []):
        assert torch.equal(sampler.images(indices, seed=3), many[list(indices)])


def test_seeds_give_different_images(model):
    sampler = Sampler(model)
    assert not torch.equal(sampler.sample(8, seed=0), sampler.sample(8, seed=1))
    assert torch.equal(sampler.sample(8, seed=2**63 - 1), sampler.sample(8, seed=2**63 - 1))


def test_images_of_a_seed_all_differ(model):
    images = Sampler(model).sample(300, seed=0)
    assert len(images.flatten(1).unique(dim=0)) == 300


def test_random_labels_and_scores_do_not_depend_on_the_subset(conditional):
    sampler = Sampler(conditional)
    whole = list(sampler.draw(range(128), seed=5))
    labels = [label for drawn in whole for label in drawn.labels]
    scores = [score for drawn in whole for score in drawn.scores]
    assert set(labels) == {0, 1, 2}
    part = next(sampler.draw([70, 69], seed=5))
    assert part.labels.tolist() == [labels[i] for i in part.indices]
    assert part.scores.tolist() == [scores[i] for i in part.indices]


def test_each_takes_all_labels_in_turn(conditional):
    drawn = next(Sampler(conditional).draw(range(7), labels="each"))
    assert drawn.labels.tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_a_list_of_labels_is_taken_in_turn(conditional):
    drawn = next(Sampler(conditional).draw(range(5), labels=["one", 0, "2"]))
    assert drawn.labels.tolist() == [1, 0, 2, 1, 0]


def test_a_label_changes_the_image(conditional):
    sampler = Sampler(conditional)
    assert not torch.equal(sampler.sample(4, labels=[0]), sampler.sample(4, labels=[1]))


def test_truncation_changes_the_image(model):
    sampler = Sampler(model)
    assert not torch.equal(sampler.sample(4, truncation=0.5), sampler.sample(4))


def test_a_name_wins_over_a_number():
    info = ImageInfo(1, 8, 8, ("1", "0", "cat"))
    assert resolve_labels(["1", "0", "CAT", 2, "2"], info) == [0, 1, 2, 2, 2]


@pytest.mark.parametrize(("value", "hint"), [("Ona", "Did you mean 'One'"), (3, "0 to 2"), (-1, "0 to 2")])
def test_an_unknown_label_is_explained(value, hint):
    with pytest.raises(UserError, match=hint):
        resolve_labels([value], LABELLED)


def test_labels_of_an_unconditional_model_are_refused(model):
    for labels in ("each", [0]):
        with pytest.raises(UserError, match="unconditional"):
            Sampler(model).sample(4, labels=labels)


@pytest.mark.parametrize("request_", [{"seed": -1}, {"seed": 2**63}, {"truncation": 0}, {"truncation": 1.5}, {"n": 0}])
def test_what_cannot_be_is_refused(model, request_):
    with pytest.raises(UserError):
        Sampler(model).sample(**({"n": 4} | request_))


def test_a_diverged_model_is_named_as_such(model):
    with torch.no_grad():
        model.generator["paint"].bias.fill_(float("nan"))
    with pytest.raises(ArtganError, match="diverged"):
        Sampler(model).sample(4)


def test_a_model_that_makes_another_shape_is_named():
    class Wrong(Tiny):
        def sample(self, latents, labels, truncation=1.0):
            return super().sample(latents, labels)[:, :, :20]

    with pytest.raises(ArtganError, match=r"Wrong.*\(64, 1, 28, 28\)"):
        Sampler(Wrong(GREY)).sample(4)


def test_large_images_go_through_in_smaller_blocks():
    assert block_size(ImageInfo(3, 28, 28)) == 64
    assert block_size(ImageInfo(3, 64, 64)) == 64
    assert block_size(ImageInfo(3, 128, 128)) == 16
    assert block_size(ImageInfo(3, 1024, 1024)) == 4


def test_images_do_not_depend_on_the_number_of_threads(model):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = Sampler(model).sample(200, seed=3)
        torch.set_num_threads(3)
        assert torch.equal(Sampler(model).sample(200, seed=3), one)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
