"""Exhibits that somebody else made, and exhibits that several make at once."""

import json
import os
import re
from pathlib import Path

import pytest

from artgan.api.gallery import gallery as make_exhibit
from artgan.errors import UserError
from artgan.gallery.exhibit import METADATA, RECORD, Exhibit, Place


@pytest.fixture
def gallery(tmp_path) -> Path:
    return tmp_path / "gallery"


@pytest.fixture
def exhibit(run, gallery) -> Exhibit:
    return make_exhibit(run, n=2, name="show", gallery_dir=gallery)


@pytest.mark.parametrize(
    "name",
    ["../../secret.png", "/etc/passwd", "images/../../x.png", "images\\0.png", "C:\\x.png", "", ".", "index.html",
     "images/0.png\0", "images/\u0661.png", 7, None, ["images/00000.png"]],
)  # fmt: skip
def test_a_name_that_leads_out_of_an_exhibit_is_refused(exhibit, name):
    (exhibit.path / METADATA).write_text(json.dumps({"file_name": name}) + "\n")
    with pytest.raises(UserError, match="isn't one of the exhibit's images"):
        _ = exhibit.images


@pytest.mark.parametrize("link", ["images/00000.png", "images", METADATA])
def test_links_in_an_exhibit_are_not_followed_out_of_it(exhibit, tmp_path, link):
    outside = tmp_path / "outside"
    (exhibit.path / link).rename(outside)
    (exhibit.path / link).symlink_to(outside)
    with pytest.raises(UserError, match=r"leads out|isn't one of the exhibit's images"):
        _ = exhibit.images


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"request": 3}', "[" * 100_000, "\xff"])
def test_a_record_that_is_none_is_refused(exhibit, text):
    (exhibit.path / RECORD).write_text(text)
    with pytest.raises(UserError):
        Exhibit.open(exhibit.path)


@pytest.mark.parametrize("text", ["{", "3", "[" * 100_000, "null"])
def test_metadata_that_is_none_is_refused(exhibit, text):
    (exhibit.path / METADATA).write_text(text)
    with pytest.raises(UserError):
        _ = exhibit.images


def test_an_exhibit_whose_successor_was_killed_on_the_way_in_hangs_again(run, exhibit):
    exhibit.path.rename(exhibit.path.with_name(".old-show-0a1b2c3d"))
    Place(exhibit.path.parent, "show", "", overwrite=True)
    assert len(exhibit.images) == 2
    assert os.listdir(exhibit.path.parent) == ["show"]


def test_of_two_that_replace_an_exhibit_at_once_the_last_one_stays_whole(exhibit, gallery):
    places = [Place(gallery, "show", "", overwrite=True) for _ in range(2)]
    with places[0].filling() as first, places[1].filling() as second:
        for number, folder in enumerate((first, second)):
            (folder / RECORD).write_text(json.dumps({"number": number}))
    assert json.loads((gallery / "show" / RECORD).read_text()) == {"number": 0}
    assert os.listdir(gallery) == ["show"]


def test_of_two_that_make_an_exhibit_of_one_name_at_once_one_wins(run, gallery):
    places = [Place(gallery, "show", "", overwrite=False) for _ in range(2)]
    first = places[0].filling()
    (first.__enter__() / RECORD).write_text("[]")
    with places[1].filling() as second:
        (second / RECORD).write_text("{}")
    with pytest.raises(UserError, match="already exists"):
        first.__exit__(None, None, None)
    assert (gallery / "show" / RECORD).read_text() == "{}"
    assert os.listdir(gallery) == ["show"]


def test_two_without_a_name_both_hang(run, gallery):
    places = [Place(gallery, None, "show", overwrite=False) for _ in range(2)]
    with places[0].filling() as first, places[1].filling() as second:
        for folder in (first, second):
            (folder / RECORD).write_text("{}")
    assert sorted(os.listdir(gallery)) == ["show", "show-2"]


def test_the_page_runs_nothing_but_its_own_script(exhibit):
    page = exhibit.page.read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy
    # It comes before anything that it should hold for.
    assert page.index("Content-Security-Policy") < page.index("<style>") < page.index("<script")
    assert not re.search(r"<[^>]+\s(on\w+|style)=", page.partition("<script")[0])


def test_the_policy_holds_for_the_script_as_it_is_written(exhibit):
    import base64
    import hashlib

    page = Path(exhibit.page).read_bytes()
    for element in (b"script", b"style"):
        (text,) = re.findall(rb"<%b>(.*?)</%b>" % (element, element), page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text).digest())
        assert b"%b-src 'sha256-%b'" % (element, digest) in page
