"""The page in a real browser, headless: what it shows is text, nothing strange runs, nothing loads from elsewhere."""

import base64
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from artgan.api.gallery import gallery as make_exhibit
from artgan.gallery import writer

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed")

OWNED = "document.documentElement.dataset.owned='yes'"


@pytest.fixture
def elsewhere():
    """An address on this machine, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def hostile(address: str) -> tuple[str, ...]:
    """Texts that would run or load something wherever one of them was taken for markup."""
    return (
        f"<script>{OWNED}</script>",
        f'"><img src=x onerror={OWNED}>',
        f"'><svg onload={OWNED}>",
        f"javascript:{OWNED}",
        f'</script><script src="{address}/script.js"></script>',
        f'<img src="{address}/picture.png"><link rel=stylesheet href="{address}/style.css">',
        f"</style><style>@import '{address}/more.css'</style>",
        f'<iframe src="{address}/frame"></iframe><meta http-equiv=refresh content="0;url={address}/gone">',
        "{{data}} --><!-- ${alert(1)}",
    )


def look(page: Path) -> tuple[str, list[str]]:
    """The document as the browser made it, and what it complains of in its console."""
    assert BROWSER
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"),
                *(f"--user-data-dir={profile}", "--virtual-time-budget=4000", "--enable-logging=stderr", "--v=0"),
                *("--disable-background-networking", "--window-size=1200,2000", "--dump-dom", page.resolve().as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "HOME": profile},
        )
    assert "</html>" in done.stdout, done.stderr[-2000:]
    return done.stdout, re.findall(r"CONSOLE\S*\] (.*)", done.stderr)


def click_first(page: Path) -> None:
    """Have a script, which the policy is told of, click on the first picture as a visitor does."""
    script = "setTimeout(() => document.querySelector('.work').click(), 300)"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = page.read_text(encoding="utf-8").replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    page.write_text(text.replace("</body>", f"<script>{script}</script></body>", 1), encoding="utf-8")


@pytest.fixture
def hostile_exhibit(labelled_run, elsewhere, tmp_path, monkeypatch):
    """An exhibit whose title and labels attack."""
    texts = hostile(elsewhere[0])
    healthy = labelled_run.load

    def load(*given, **more):
        model = healthy(*given, **more)
        model.data = replace(model.data, label_names=(texts * 10)[: model.data.labels])
        return model

    monkeypatch.setattr(labelled_run, "load", load)

    def make(**request):
        title = " ".join(texts)
        return make_exhibit(labelled_run, n=12, title=title, gallery_dir=tmp_path / "gallery", labels="each", **request)

    return make


def test_an_honest_page_violates_nothing_and_shows_its_pictures(labelled_run, tmp_path):
    exhibit = make_exhibit(labelled_run, n=6, gallery_dir=tmp_path)
    document, complaints = look(exhibit.page)
    assert complaints == []
    assert len(re.findall(r'<img[^>]*src="data:image/png', document)) == 6


def test_linked_pictures_are_shown_too(labelled_run, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "EMBEDDED_BYTES", 100)
    exhibit = make_exhibit(labelled_run, n=150, gallery_dir=tmp_path)
    document, complaints = look(exhibit.page)
    assert complaints == []
    assert 'src="images/00000.png"' in document


def test_titles_and_labels_are_text_and_nothing_else(hostile_exhibit, elsewhere):
    exhibit = hostile_exhibit()
    click_first(exhibit.page)
    document, complaints = look(exhibit.page)
    assert "data-owned" not in document
    assert complaints == [], "not even the policy has anything to do"
    assert elsewhere[1] == []
    assert re.search(r"<dialog[^>]*\bopen\b", document), "the first picture was clicked on"
    body = document.partition("</head>")[2]
    assert body.count("&lt;script&gt;") >= 2, "the title and a label say it as text"
    assert not re.search(r"<(iframe|svg|link|object|embed|base|form)\b[^>]*(onload|127\.0\.0\.1)", body)


def test_the_policy_stops_what_somebody_writes_into_the_page(labelled_run, elsewhere, tmp_path):
    page = make_exhibit(labelled_run, n=3, gallery_dir=tmp_path).page
    text = page.read_text(encoding="utf-8")
    strange = (
        f"<script>{OWNED}</script><img src=x onerror={json.dumps(OWNED)}>"
        f'<script src="{elsewhere[0]}/s.js"></script><img src="{elsewhere[0]}/p.png">'
        f'<iframe src="{elsewhere[0]}/f"></iframe><link rel="stylesheet" href="{elsewhere[0]}/c.css">'
    )
    injected = text.replace("<main", f"{strange}<main", 1)
    assert injected != text
    page.write_text(injected, encoding="utf-8")
    document, complaints = look(page)
    assert "data-owned" not in document
    assert len(complaints) >= 5
    assert all("Content Security Policy" in line for line in complaints if "ERR_" not in line)
    assert elsewhere[1] == []

    # Without the policy all of it would have run: so the test sees what it looks for.
    open_door = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", injected)
    page.write_text(open_door, encoding="utf-8")
    document, _ = look(page)
    assert 'data-owned="yes"' in document
    assert {"/s.js", "/p.png", "/f", "/c.css"} <= set(elsewhere[1])
