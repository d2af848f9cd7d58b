"""The page is one file that needs no network, and no data can break out of it."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from artgan.api.gallery import gallery as make_exhibit
from artgan.gallery import writer

HOSTILE = '</script><script>alert("x")</script><!-- {{data}} & Ünïcödé'


def embedded(page: str) -> dict:
    found = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


@pytest.fixture
def page_of(labelled_run, tmp_path):
    def make(**request) -> str:
        exhibit = make_exhibit(labelled_run, gallery_dir=tmp_path / "gallery", **({"n": 6} | request))
        return exhibit.page.read_text(encoding="utf-8")

    return make


def test_it_refers_to_nothing_outside_its_folder(page_of):
    page = page_of()
    assert "http:" not in page
    assert "https:" not in page
    assert not re.search(r'(?:src|href)="//', page)
    assert "@import" not in page


def test_a_title_is_text_and_nothing_else(page_of):
    page = page_of(title=HOSTILE)
    assert "<script>alert" not in page
    assert page.count("</script>") == 2
    assert "&lt;/script&gt;&lt;script&gt;alert" in page
    assert "{{data}} &amp; Ünïcödé" in page


def test_label_names_cannot_end_the_script(page_of):
    data = embedded(page_of(labels=["<b>Two</b>"]))
    assert data["common"]["label_name"] == "<b>Two</b>"
    assert "<b>Two</b>" not in page_of(labels=["<b>Two</b>"])


def test_what_all_images_share_is_said_once(page_of):
    data = embedded(page_of(seed=77))
    assert data["common"]["seed"] == 77
    assert "seed" not in data["columns"]
    assert data["columns"]["index"] == [0, 1, 2, 3, 4, 5]


def test_small_images_are_in_the_page_itself(labelled_run, tmp_path):
    exhibit = make_exhibit(labelled_run, n=4, gallery_dir=tmp_path)
    data = embedded(exhibit.page.read_text(encoding="utf-8"))
    assert exhibit.record["page"] == {"images": "embedded"}
    for text, path in zip(data["images"], exhibit.images, strict=True):
        with Image.open(io.BytesIO(base64.b64decode(text))) as inside, Image.open(path) as file:
            assert np.array_equal(np.asarray(inside), np.asarray(file))


def test_large_exhibits_link_to_their_images(labelled_run, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "EMBEDDED_BYTES", 1000)
    exhibit = make_exhibit(labelled_run, n=150, gallery_dir=tmp_path)
    data = embedded(exhibit.page.read_text(encoding="utf-8"))
    assert exhibit.record["page"] == {"images": "linked"}
    assert data["images"] is None
    assert data["files"] == {"folder": "images", "digits": 5}


def test_its_language_and_width_are_declared(page_of):
    page = page_of()
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page
    assert "prefers-color-scheme" in page
