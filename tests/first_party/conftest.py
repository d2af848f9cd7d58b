"""What the tests of data sets from files share."""

import pytest

from artgan.data import download


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ARTGAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def offline(monkeypatch):
    def refuse(request, timeout):
        raise download.urllib.request.URLError("no network")

    monkeypatch.setattr(download.urllib.request, "urlopen", refuse)
