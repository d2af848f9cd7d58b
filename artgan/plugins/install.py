"""Install plugin packages into the environment that artgan runs in, and uninstall them.

uv or pip does the work. This module finds out which of them there is and what kind of environment this is, and makes
sure that artgan itself is neither replaced nor removed.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from artgan._version import __version__
from artgan.errors import ArtganError, UserError, unknown
from artgan.plugins.plugin_registry import FIRST_PARTY, Plugin, Registry, same_distribution
from artgan.plugins.specs import KINDS

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?:[=<>!~;@].*)?", re.DOTALL
)
_URL = re.compile(r"(?:git\+)?(?:https?|ssh|file|git)://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned installation or removal.

    Attributes:
        command: the installer's command line.
        distribution: the package's name; empty if only the installer will know it.
        notes: what the user should know about this environment.
    """

    command: list[str]
    distribution: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The command as it would be typed in a shell."""
        return shlex.join(self.command)


def plan_install(what: str, *, editable: bool = False) -> Plan:
    """Plan the installation of a package.

    Args:
        what: the package's name, with or without a version; a folder or file; or a URL.
        editable: whether to install a folder so that later changes to it take effect.

    Raises:
        UserError: if ``what`` is anything else, or packages can't be installed into this environment.
        ArtganError: if there is neither uv nor pip.
    """
    source, distribution = _source(what, editable)
    if same_distribution(distribution, FIRST_PARTY):
        raise UserError(
            "That is artgan itself, which is running: install another version with the tool that installed this one."
        )
    # Naming artgan's version makes the installer refuse a plugin for another version instead of replacing artgan.
    wanted = [*(["--editable"] if editable else []), source, f"{FIRST_PARTY}=={__version__}"]
    return Plan([*_installer("install"), *wanted], distribution, _notes(source))


def plan_uninstall(name: str, registry: Registry) -> Plan:
    """Plan the removal of the package called ``name``, or with a plugin called ``name``.

    Raises:
        UserError: if there is none or several, or if it is artgan itself.
        ArtganError: if there is neither uv nor pip.
    """
    found = dict.fromkeys(plugin.distribution for plugin in registry.plugins if plugin.is_called(name))
    if not found:
        names = dict.fromkeys(word for plugin in registry.plugins for word in (plugin.name, plugin.distribution))
        raise unknown("plugin", name, names, "`artgan plugins` lists them.")
    if len(found) > 1:
        raise UserError(f"Several packages have a plugin called '{name}': use {' or '.join(found)}.")
    (distribution,) = found
    if same_distribution(distribution, FIRST_PARTY):
        if same_distribution(name, FIRST_PARTY):
            raise UserError("That is artgan itself: uninstall it with the tool that installed it.")
        raise UserError(
            f"{name} comes with artgan and can't be uninstalled on its own: use `artgan plugins disable {name}`."
        )
    return Plan([*_installer("uninstall"), distribution], distribution)


def run(plan: Plan) -> None:
    """Run the installer, with its output on stderr, where it explains any failure.

    Raises:
        ArtganError: if it fails.
    """
    sys.stderr.flush()
    try:
        done = subprocess.run(plan.command, stdout=2, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise ArtganError(f"{plan.command[0]} can't be run: {error.strerror or error}.") from error
    if done.returncode:
        raise ArtganError(f"The installer failed (see above), and nothing was changed. The command was: {plan.shown}")


def installed_now() -> list[Plugin]:
    """Return the plugins that a new process finds; this process has already imported the old ones.

    Raises:
        ArtganError: if artgan no longer starts.
    """
    done = subprocess.run(
        [sys.executable, "-m", "artgan", "plugins", "--json"], capture_output=True, text=True, check=False
    )
    try:
        entries = json.loads(done.stdout)["plugins"]
    except (ValueError, KeyError, TypeError) as error:
        last = (done.stderr.strip() or done.stdout.strip() or "it gave no reason").splitlines()[-1]
        raise ArtganError(f"artgan no longer starts after that: {last}") from error
    return [_plugin(entry) for entry in entries]


def _plugin(entry: dict[str, Any]) -> Plugin:
    kinds = {kind.kind: kind for kind in KINDS}
    specs = [kinds[found["kind"]](found["name"], found["summary"], "elsewhere:found") for found in entry["brings"]]
    origin = entry["name"], entry["entry_point"], entry["distribution"], entry["version"]
    return Plugin(*origin, specs=specs, problems=entry["problems"], disabled=entry["disabled"])


def installed_by(plan: Plan, before: Iterable[Plugin], after: Iterable[Plugin]) -> list[Plugin]:
    """Return the plugins that ``plan`` installed: those of its package, or if its name is unknown, the new ones."""
    if plan.distribution:
        return [plugin for plugin in after if same_distribution(plugin.distribution, plan.distribution)]
    known = {(plugin.name, plugin.distribution, plugin.version) for plugin in before}
    return [plugin for plugin in after if (plugin.name, plugin.distribution, plugin.version) not in known]


def _source(what: str, editable: bool) -> tuple[str, str]:
    """Return ``what`` for the installer, and the distribution's name if it is known."""
    text = what.strip()
    nonsense = UserError(f"'{what}' should be a package (artgan-pond, artgan-pond==1.2), a path or a URL.")
    if not text or text.startswith("-"):
        raise nonsense
    path = Path(text).expanduser()
    if _URL.fullmatch(text):
        return text, _name_of_archive(Path(text.partition("#")[0]).name)
    if text.startswith((".", "~", os.sep)) or "/" in text.partition("@")[0] or text.endswith((".whl", ".tar.gz")):
        if not path.exists():
            raise UserError(f"{text} doesn't exist. To install a package from an index, give its name alone.")
        return str(path.absolute()), _name_of_folder(path) if path.is_dir() else _name_of_archive(path.name)
    if path.is_dir():
        # Someone who means the folder mustn't get a stranger's package of the same name.
        raise UserError(
            f"'{text}' is a folder here, but could also be a package on an index: use .{os.sep}{text} for the folder, "
            "or run this in another folder for the package."
        )
    match = _REQUIREMENT.fullmatch(text)
    if not match:
        raise nonsense
    if editable:
        raise UserError("--editable needs a folder with a package's source, as in `-e .`.")
    return text, match["name"]


def _name_of_folder(folder: Path) -> str:
    project = folder / "pyproject.toml"
    if not project.is_file():
        if (folder / "setup.py").is_file():
            return ""
        raise UserError(f"{folder} isn't a package: it has no pyproject.toml. `artgan plugins new` creates a package.")
    try:
        return str(tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}).get("name", ""))
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"{project} can't be read: {error}.") from error


def _name_of_archive(name: str) -> str:
    """Return the distribution in ``artgan_pond-1.0-py3-none-any.whl`` or ``artgan_pond-1.0.tar.gz``."""
    return name.rsplit("-", 1 if name.endswith(".tar.gz") else 4)[0] if name.endswith((".whl", ".tar.gz")) else ""


def _installer(verb: str) -> list[str]:
    """Return the command that installs or uninstalls here, without the package.

    Raises:
        UserError: if packages can't be installed into this environment.
        ArtganError: if there is neither uv nor pip.
    """
    _require_lasting_environment()
    uv = os.environ.get("UV") or which("uv")
    if uv or find_spec("uv"):
        program = [uv] if uv else [sys.executable, "-m", "uv"]
        # A folder's [tool.uv.sources] may name another artgan, which would override the version requested here.
        sources = ["--no-sources"] if verb == "install" else []
        return [*program, "pip", verb, "--python", sys.executable, *sources]
    if find_spec("pip"):
        confirmed = ["--yes"] if verb == "uninstall" else []
        return [sys.executable, "-m", "pip", verb, "--disable-pip-version-check", "--no-input", *confirmed]
    raise ArtganError(
        f"There is neither uv nor pip for {sys.executable}: install uv (https://docs.astral.sh/uv), "
        f"or run `{sys.executable} -m ensurepip`."
    )


def _require_lasting_environment() -> None:
    prefix = Path(sys.prefix)
    if any(part.startswith(("archive-v", "environments-v", "builds-v")) for part in prefix.parts):
        raise UserError(
            "This artgan runs in a temporary environment that uv made for this command. Use "
            "`uvx --with PACKAGE artgan …`, or install both: `uv tool install artgan --with PACKAGE`."
        )
    managed = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    if sys.prefix == sys.base_prefix and managed.exists():
        raise UserError(
            f"The Python that artgan runs with ({sys.executable}) belongs to the operating system, so packages can't "
            "be installed into it. Install artgan in its own environment: `uv tool install artgan`."
        )


def _notes(source: str) -> list[str]:
    """Return notes about what will remove the package again, in an environment managed by another tool."""
    prefix = Path(sys.prefix)
    package = shlex.quote(source)
    if (prefix / "uv-receipt.toml").exists():
        return [
            "This artgan was installed as a uv tool, and `uv tool upgrade artgan` will remove the package again. "
            f"To keep it: uv tool install artgan --with {package}"
        ]
    if (prefix / "pipx_metadata.json").exists():
        return [
            "This artgan was installed with pipx, and `pipx reinstall` will remove the package again. "
            f"To keep it: pipx inject {prefix.name} {package}"
        ]
    if (prefix.parent / "uv.lock").exists():
        return [
            f"This environment belongs to the project {prefix.parent}, and `uv sync` will remove the package again. "
            f"To keep it: uv add --project {shlex.quote(str(prefix.parent))} --dev {package}"
        ]
    return []
