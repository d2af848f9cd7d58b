"""The balanced curator keeps good candidates, and no two that are nearly alike; others have other tastes."""

import numpy as np
import pytest
import torch

import artgan
from artgan.gallery.curator import curate as ask
from artgan.gallery.similarity import thumbnails
from artgan.plugins.loading import load_class, registry
from artgan.plugins.specs import CuratorSpec


def curator(name):
    return load_class(registry().find(CuratorSpec, name), artgan.Curator)()


def curate(features, scores, n, groups=None):
    return ask(curator("balanced"), features, scores, n, groups)


@pytest.fixture
def features():
    return np.random.default_rng(0).random((256, 64), dtype=np.float32)


@pytest.fixture
def scores():
    return np.random.default_rng(1).standard_normal(256).astype(np.float32)


def test_picks_are_distinct_and_better_than_average(features, scores):
    picks = curate(features, scores, 32)
    assert len({pick.candidate for pick in picks}) == 32
    assert np.mean([pick.score for pick in picks]) > np.quantile(scores, 0.7)
    assert [pick.rank for pick in picks] == sorted(pick.rank for pick in picks)


def test_the_best_is_kept(features, scores):
    pick = curate(features, scores, 16)[0]
    assert pick.candidate == int(scores.argmax())
    assert pick.rank == 1


def test_of_near_duplicates_only_the_best_is_kept(features, scores):
    noise = np.random.default_rng(2).normal(0, 0.002, (64, 64)).astype(np.float32)
    features[:64] = features[0] + noise
    scores[:64] = np.linspace(9, 8, 64)
    picks = curate(features, scores, 32)
    assert [pick.candidate for pick in picks if pick.candidate < 64] == [0]


def test_picks_are_more_varied_than_the_best_alone(features, scores):
    rng = np.random.default_rng(3)
    features = features[rng.integers(0, 60, 256)] + rng.normal(0, 0.01, (256, 64)).astype(np.float32)
    picks = curate(features, scores, 16)
    best = features[np.argsort(-scores)[:16]]
    spread = np.sqrt(((best[:, None] - best) ** 2).mean(-1) + np.eye(16) * 9).min()
    assert min(pick.distance for pick in picks) > spread


def test_distances_are_to_the_nearest_other_pick(features, scores):
    picks = curate(features, scores, 8)
    kept = features[[pick.candidate for pick in picks]]
    truth = np.sqrt(((kept[:, None] - kept) ** 2).mean(-1)) + np.eye(8) * 9
    assert [pick.distance for pick in picks] == pytest.approx(truth.min(1).tolist(), abs=1e-4)


def test_every_group_gets_its_share_in_turn(features, scores):
    groups = np.arange(256) % 10
    picks = curate(features, scores, 64, groups)
    assert [pick.candidate % 10 for pick in picks] == [i % 10 for i in range(64)]


def test_without_scores_variety_decides(features):
    features[:200] = features[0]
    picks = curate(features, None, 40)
    assert sum(pick.candidate < 200 for pick in picks) == 1
    assert picks[0].score is None


def test_all_alike_still_fills_the_exhibit(scores):
    picks = curate(np.zeros((256, 64), np.float32), scores, 10)
    assert len({pick.candidate for pick in picks}) == 10


def test_as_many_candidates_as_places_keeps_all(features, scores):
    assert sorted(pick.candidate for pick in curate(features[:9], scores[:9], 9)) == list(range(9))


def test_scores_that_are_no_numbers_come_last(features, scores):
    scores[5] = np.nan
    assert 5 not in [pick.candidate for pick in curate(features, scores, 64)]


def test_reasons_are_words(features, scores):
    pick = curate(features, scores, 8)[2]
    assert f"Score {pick.score:.3f}, number {pick.rank} of 256" in pick.reason
    assert f"{pick.distance:.3f} away" in pick.reason


def test_the_same_candidates_give_the_same_picks(features, scores):
    assert curate(features, scores, 32) == curate(features.copy(), scores.copy(), 32)


def test_too_few_candidates_are_refused(features):
    with pytest.raises(ValueError, match="9 images"):
        curate(features[:8], None, 9)


def test_thumbnails_are_small_and_in_range():
    images = torch.randint(0, 256, (5, 3, 40, 30), dtype=torch.uint8)
    assert thumbnails(images).shape == (5, 3 * 64)
    assert thumbnails(torch.full((1, 1, 4, 4), 255, dtype=torch.uint8)).tolist() == [[1.0] * 16]


def test_best_looks_at_scores_only(features, scores):
    picks = ask(curator("best"), features, scores, 16)
    assert [pick.rank for pick in picks] == list(range(1, 17))
    with pytest.raises(artgan.UserError, match="--curator"):
        ask(curator("best"), features, None, 16)


def test_varied_looks_at_differences_only(features, scores):
    features[:200] = features[0]
    assert sum(pick.candidate < 200 for pick in ask(curator("varied"), features, scores, 57)) == 1
    assert len({pick.candidate for pick in ask(curator("varied"), np.zeros_like(features), scores, 57)}) == 57


@pytest.mark.parametrize("rows", [[0, 0], [0], [0, 256], [-1, 0], None, ["a", "b"]])
def test_a_curator_s_nonsense_is_told(features, scores, rows):
    class Careless(artgan.Curator):
        def choose(self, features, scores, n):
            return rows

    with pytest.raises(
        artgan.ArtganError, match=r"Careless must choose 2 distinct rows between 0 and 255, but returned"
    ):
        ask(Careless(), features, scores, 2)
