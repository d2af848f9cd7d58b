"""The parts of an evaluation: extractors, real sets, metrics' arithmetic, copies."""

import hashlib
import sys

import numpy as np
import pytest
import torch
from prdc import compute_prdc

from artgan.data.dataset import ImageInfo
from artgan.errors import ArtganError, UserError
from artgan.metrics import classifier as classifiers
from artgan.metrics import inception, reference
from artgan.metrics.extractor import measured
from artgan.metrics.memorisation import find_copies
from artgan.metrics.random_features import RandomExtractor
from artgan.metrics.selection import select_extractor
from artgan.plugins.loading import registry
from artgan.plugins.specs import MetricSpec

CPU = torch.device("cpu")


def compute(name, real, generated):
    nothing = torch.empty(0)
    sets = [measured(nothing, features, None, None) for features in (real, generated)]
    return registry().find(MetricSpec, name).load()().compute(*sets)[name]


@pytest.mark.parametrize("counts", [(1200, 1100), (300, 1500)])
def test_density_and_coverage_are_those_of_their_authors(counts):
    generator = torch.Generator().manual_seed(0)
    real, generated = (torch.randn(count, 16, generator=generator) for count in counts)
    generated = generated * 0.8 + 0.1
    theirs = compute_prdc(real.numpy(), generated.numpy(), nearest_k=5)
    for name in ("density", "coverage"):
        assert compute(name, real, generated) == pytest.approx(theirs[name], abs=2e-3)
    theirs = compute_prdc(real.numpy(), generated.numpy(), nearest_k=3)
    for name in ("precision", "recall"):
        assert compute(name, real, generated) == pytest.approx(theirs[name], abs=2e-3)


def test_fid_of_normal_distributions_is_the_formula():
    generator = torch.Generator().manual_seed(0)
    real = torch.randn(20_000, 4, generator=generator)
    generated = 2 * torch.randn(20_000, 4, generator=generator) + 1
    # Per dimension: difference of means squared, and of standard deviations squared.
    assert compute("fid", real, generated) == pytest.approx(4 * (1 + 1), rel=0.05)
    assert compute("fid", real, real) == pytest.approx(0, abs=1e-6)
    same, other = (compute("kid", real[:400], images) for images in (real[400:800], generated[:400]))
    assert abs(same) < other / 10


def test_the_classifier_learns_is_kept_and_leaves_random_numbers_alone(digits, monkeypatch):
    state = torch.get_rng_state()
    first = classifiers.classifier(digits, "glyphs", CPU)
    assert torch.equal(torch.get_rng_state(), state)
    assert first.accuracy > 0.7
    monkeypatch.setattr(classifiers, "train", lambda *_: pytest.fail("it was kept"))
    again = classifiers.classifier(digits, "glyphs", CPU)
    assert again.key == first.key
    assert again.accuracy == first.accuracy


def test_a_damaged_classifier_is_trained_again(digits, monkeypatch):
    before = classifiers.classifier(digits, "glyphs", CPU)
    path = digits.path / "evaluation" / f"classifier-{classifiers.VERSION}.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    after = classifiers.classifier(digits, "glyphs", CPU)
    assert after.accuracy == pytest.approx(before.accuracy, abs=0.2)
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("shape", [(1, 16, 24), (3, 40, 40), (4, 8, 8), (3, 4, 4)])
def test_extractors_take_images_of_any_shape(shape):
    images = torch.randint(0, 255, (5, *shape), dtype=torch.uint8)
    info = ImageInfo(*shape, ("a", "b"))
    features, classes = RandomExtractor(info, CPU).features(images)
    assert features.shape == (5, 256)
    assert classes is None
    same, _ = RandomExtractor(info, CPU).features(images)
    assert torch.equal(features, same)
    features, logits = classifiers.Classifier(info).eval()(images)
    assert features.shape == (5, classifiers.FEATURES)
    assert logits.shape == (5, 2)


def test_real_sets_share_no_image_and_stay_the_same(digits):
    chosen = reference.choose(digits, None, "glyphs", 150)
    assert len(chosen.against) == len(chosen.control) == 150
    assert not set(chosen.against.rows) & set(chosen.control.rows)
    assert np.array_equal(reference.choose(digits, None, "glyphs", 150).against.rows, chosen.against.rows)
    small = reference.choose(digits, None, "glyphs", 1000)
    assert len(small.against) == 400
    assert len(small.control) == len(small.control_against) == 200
    assert not set(small.control.rows) & set(small.control_against.rows)


def test_near_copies_are_found_and_new_pictures_are_not(digits, pixels):
    generator = torch.Generator().manual_seed(0)
    noisy = (pixels[10:20].float() + 6 * torch.randn(10, 1, 28, 28, generator=generator)).clamp(0, 255).byte()
    new = torch.roll(pixels[20:30], 4, 3)
    found = find_copies(torch.cat([pixels[:10], noisy, new]), digits, CPU)
    assert sorted(found.copies) == list(range(20))
    assert found.neighbours[:20].tolist() == list(range(20))
    assert float(found.distances[:10].max()) == 0


def test_a_copy_of_a_picture_that_was_there_twice_is_a_copy(digits, pixels):
    images = np.array(digits.images)
    images[1] = images[0]
    from dataclasses import replace

    found = find_copies(pixels[:1], replace(digits, images=images), CPU)
    assert found.copies == [0]


def test_copies_are_looked_for_block_by_block(digits, pixels, monkeypatch):
    from artgan.metrics import neighbours

    whole = find_copies(pixels[::3], digits, CPU)
    monkeypatch.setattr(neighbours, "QUERY_BLOCK", 7)
    monkeypatch.setattr(neighbours, "POINT_BLOCK", 33)
    parts = find_copies(pixels[::3], digits, CPU)
    assert torch.equal(whole.neighbours, parts.neighbours)
    assert torch.allclose(whole.distances, parts.distances)


def test_without_its_weights_inception_says_which_file_goes_where(digits, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def offline(urls, *_, **__):
        raise ArtganError(f"{urls[0]}: no network")

    monkeypatch.setattr(inception, "download", offline)
    with pytest.raises(UserError) as told:
        select_extractor("inception", digits, "glyphs", CPU)
    text = str(told.value)
    assert "weights-inception-2015-12-05-6726825d.pth into" in text
    assert str(tmp_path / "hub" / "checkpoints") in text
    assert "--features random" in text


def test_inception_loads_a_weights_file_and_nothing_that_runs_code(monkeypatch, tmp_path):
    from torch_fidelity import feature_extractor_inceptionv3 as source

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    path = inception.weights_path(source.URL_INCEPTION_V3)
    path.parent.mkdir(parents=True)
    torch.save({"a": CPU, "b": hashlib.sha256}, path)
    with pytest.raises(ArtganError, match="doesn't contain Inception-v3's weights"):
        inception.InceptionExtractor(CPU)

    kept = {}
    real_load = source.FeatureExtractorInceptionV3.load_state_dict
    with monkeypatch.context() as patch:
        patch.setattr(source, "load_state_dict_from_url", lambda *_, **__: {})
        patch.setattr(source.FeatureExtractorInceptionV3, "load_state_dict", lambda self, _: kept.update(network=self))
        source.FeatureExtractorInceptionV3("random", ["2048"])
    assert source.FeatureExtractorInceptionV3.load_state_dict is real_load
    torch.save(kept["network"].state_dict(), path)
    extractor = inception.InceptionExtractor(CPU)
    features, classes = extractor.features(torch.randint(0, 255, (2, 4, 32, 32), dtype=torch.uint8))
    assert features.shape == (2, 2048)
    assert torch.allclose(classes.sum(1), torch.ones(2))


def test_what_is_transparent_is_white_to_inception():
    images = torch.zeros(1, 4, 2, 2, dtype=torch.uint8)
    assert inception.to_rgb(images).unique().tolist() == [255]
    images[:, 3] = 255
    assert inception.to_rgb(images).unique().tolist() == [0]


def test_without_the_extra_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    monkeypatch.delitem(sys.modules, "torch_fidelity.metric_fid", raising=False)
    with pytest.raises(UserError, match=r'pip install "artgan\[evaluate\]"'):
        compute("fid", torch.randn(8, 2), torch.randn(8, 2))
