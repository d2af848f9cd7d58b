"""A checkpoint is whole or absent: damaged ones are recognised, named, and passed over."""

import json
import random

import pytest
import torch
from safetensors.torch import load_file

import artgan
from artgan.errors import ArtganError, Damaged, UserError
from artgan.runs import checkpoints, checksum
from artgan.training.events import Notice
from artgan.util import files

TINY = {"hidden": "8", "latent_dim": 4}


@pytest.fixture
def run(train):
    return train(options=TINY, steps=6, batch_size=16, checkpoint_every=2)


def test_every_truncation_and_flipped_bit_is_seen(run):
    path = run.checkpoint()
    whole = path.read_bytes()
    chance = random.Random(0)
    for length in {0, 1, 7, 8, len(whole) - 1, *chance.sample(range(len(whole)), 40)}:
        path.write_bytes(whole[:length])
        with pytest.raises(Damaged, match=r"step-00000006\.safetensors is damaged: it"):
            checksum.check(path)
    header = 8 + int.from_bytes(whole[:8], "little")
    sealed = range(whole.index(b'"sha256"'), whole.index(b'"sha256"') + len('"sha256":""') + 64)
    anywhere = [*range(8), *chance.sample(range(header), 80), *chance.sample(range(len(whole)), 80)]
    for place, bit in [*((n, chance.randrange(8)) for n in anywhere), *((n, bit) for n in sealed for bit in range(8))]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << bit
        path.write_bytes(flipped)
        with pytest.raises(ArtganError):
            checksum.check(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(Damaged, match="too long"):
        checksum.check(path)
    path.write_bytes(whole)
    checksum.check(path)


def test_the_one_before_a_damaged_one_is_taken_and_the_damaged_one_is_named(run):
    expected = run.sample(4, checkpoint=4)
    run.checkpoint(6).write_bytes(b"")
    with pytest.warns(checkpoints.DamagedWarning, match=r"step-00000006.* is empty.* Using step-00000004.* instead"):
        assert torch.equal(run.sample(4), expected)
    with pytest.raises(Damaged, match="step-00000006"):
        run.sample(4, checkpoint=6)
    with pytest.warns(checkpoints.DamagedWarning):
        resumed = artgan.resume(run, steps=6, gallery=False)
    assert resumed.checkpoint().name == "step-00000006.safetensors"
    assert (run.path / "checkpoints" / "left-step-00000006.safetensors").stat().st_size == 0


def test_if_none_is_whole_that_is_said(run):
    for path in run.checkpoints():
        path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ArtganError, match=r"step-00000006.* truncated, .* bytes instead.* has no undamaged checkpoint"):
        artgan.resume(run, steps=9)


def test_absurd_headers_are_refused_before_anything_is_allocated(tmp_path):
    path = tmp_path / "step-00000001.safetensors"
    deep = b"[" * 100_000
    huge = json.dumps({"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    for content, words in [
        ((2**63).to_bytes(8, "little") + b"{}", "doesn't begin with a safetensors header"),
        ((200 << 20).to_bytes(8, "little") + b"{}", "doesn't begin with a safetensors header"),
        ((1000).to_bytes(8, "little") + b"{}", "truncated"),
        (len(deep).to_bytes(8, "little") + deep, "header is malformed"),
        (len(huge).to_bytes(8, "little") + huge, "truncated"),
        (b"\x80\x02cos\nsystem\nq\0X\x02\0\0\0lsq\1\x85q\2Rq\3.", "safetensors header"),
    ]:
        path.write_bytes(content)
        with pytest.raises(Damaged, match=words):
            checksum.check(path)


def test_checkpoints_of_before_there_were_digests_are_read(run):
    path = run.checkpoint()
    whole = path.read_bytes()
    expected = run.sample(2)
    path.write_bytes(whole.replace(b'"format":"2"', b'"format":"1"').replace(b'"sha256":', b'"oldkey":'))
    assert torch.equal(run.sample(2, checkpoint=6), expected)


def test_a_newer_format_is_refused_with_the_way_out(run):
    path = run.checkpoint()
    path.write_bytes(path.read_bytes().replace(b'"format":"2"', b'"format":"7"').replace(b'"sha256":', b'"oldkey":'))
    with pytest.raises(ArtganError, match="format 7, which a newer artgan wrote"):
        run.load(6)


def test_what_does_not_read_back_as_it_was_written_never_replaces_a_checkpoint(train, monkeypatch):
    notices = []
    run = train(options=TINY, steps=2, batch_size=16)
    healthy = checksum.seal

    def fading(path):
        healthy(path)
        if "00000004" in path.name:
            content = bytearray(path.read_bytes())
            content[-1] ^= 1
            path.write_bytes(content)

    monkeypatch.setattr(checksum, "seal", fading)

    def listen(event):
        notices.extend([event.text] if isinstance(event, Notice) else [])

    artgan.resume(run, steps=6, checkpoint_every=4, gallery=False, listeners=[listen])
    assert [path.stem for path in run.checkpoints()] == ["step-00000002", "step-00000006"]
    assert any("step-00000004" in text and "Training continues" in text for text in notices)


def test_what_a_killed_process_left_half_written_is_removed_by_the_next(run):
    left = run.path / "checkpoints" / f".step-00000008.safetensors.1a2b{files.SUFFIX}"
    left.write_bytes(b"half")
    artgan.resume(run, steps=8, gallery=False)
    assert not left.exists()


def test_a_stop_before_the_first_checkpoint_begins_again(train):
    whole = train(options=TINY, steps=12, batch_size=16)
    run = train(options=TINY, steps=12, batch_size=16)
    run.checkpoint().unlink()
    run.update(status="running", process={})
    again = artgan.resume(run, gallery=False)
    first, second = load_file(whole.checkpoint()), load_file(again.checkpoint())
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_room_is_looked_for_before_the_first_step(train, monkeypatch):
    notices = []

    def listen(event):
        notices.extend([event.text] if isinstance(event, Notice) else [])

    monkeypatch.setattr(files, "free_bytes", lambda folder: 16 << 20)
    train(steps=1, options={"hidden": "256", "latent_dim": 16}, listeners=[listen])
    assert any("checkpoints of" in text and "but the disk has only" in text for text in notices)
    monkeypatch.setattr(files, "free_bytes", lambda folder: 1000)
    with pytest.raises(ArtganError, match="make room"):
        train(steps=1, options=TINY)


def test_links_out_of_a_run_are_not_followed(run, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    log = run.path / "metrics.jsonl"
    log.unlink()
    log.symlink_to(outside)
    with pytest.raises(UserError, match=r"metrics\.jsonl is a link that leads out"):
        artgan.resume(run, steps=9)
    log.unlink()
    run.checkpoint(6).unlink()
    (run.path / "checkpoints" / "step-00000006.safetensors").symlink_to(outside)
    with pytest.raises(UserError, match="leads out"):
        run.sample(1)
    assert outside.read_text() == "mine"


def test_names_that_are_no_checkpoints_are_no_trouble(run):
    for name in ("step-x.safetensors", "step-.safetensors", "step-\u0661.safetensors", "step-1.safetensors.bak"):
        (run.path / "checkpoints" / name).write_bytes(b"")
    assert [path.stem for path in run.checkpoints()] == ["step-00000002", "step-00000004", "step-00000006"]
