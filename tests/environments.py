"""Virtual environments in which artgan and plugins are installed as strangers install them: from wheels.

Without network: libraries are borrowed from the environment that the tests run in.
"""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path


def heed_signals() -> None:
    """Heed Ctrl-C and a closed terminal, which what runs in the background of a script has inherited to ignore."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


class Environment:
    """A fresh virtual environment that borrows the libraries of this one, and has artgan from a wheel."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / "python"
        self.work = folder.parent / "work"
        self.work.mkdir()
        site = Path(self.output("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        # A folder named in a .pth file is searched, but .pth files in it are not read: what is installed here in
        # editable mode, artgan itself that is, stays out of sight.
        borrowed = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
        (site / "borrowed.pth").write_text("\n".join(borrowed) + "\n")

    def install(self, wheel: Path) -> None:
        """Without network, and without dependencies: those are borrowed."""
        uv = os.environ.get("UV") or shutil.which("uv")
        if uv:
            installer = [uv, "pip", "install", "--python", str(self.python), "--offline", "--no-index"]
        else:
            subprocess.run([self.python, "-m", "ensurepip"], check=True, capture_output=True)
            installer = [str(self.python), "-m", "pip", "install", "--no-index", "--disable-pip-version-check"]
        done = subprocess.run(
            [*installer, "--no-deps", "--force-reinstall", str(wheel)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables: nothing of this environment, and a cache of its own.

        Nor ``CI``, which makes pytest print what it leaves out at a terminal.
        """
        foreign = ("PYTHON", "ARTGAN_", "VIRTUAL_ENV", "CI", "BUILD_NUMBER")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return {**kept, "ARTGAN_CACHE": str(self.work / "cache"), "NO_COLOR": "1", "OMP_NUM_THREADS": "1"}

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.scripts / program), *arguments],
            cwd=self.work,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def output(self, program: str, *arguments: str) -> str:
        done = self.run(program, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


def build(project: Path, into: Path) -> Path:
    """A wheel of ``project``."""
    into.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = into.glob("*.whl")
    return wheel
