"""Installing plugin packages into the environment that artgan runs in, and taking them out again.

The work is uv's or pip's. This module knows which of them there is, what kind of environment this is, and what must not
happen: artgan itself is neither replaced nor taken away.
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
    """What is about to be done.

    Attributes:
        command: for the operating system.
        distribution: the package's name as far as it is known; empty if only the installer will know.
        notes: what the user should know of this environment.
    """

    command: list[str]
    distribution: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The command as one would type it."""
        return shlex.join(self.command)


def plan_install(what: str, *, editable: bool = False) -> Plan:
    """How to install a package by name, with or without a version, from a folder or file, or from an address.

    Raises:
        UserError: if ``what`` is none of these, or this environment takes no packages.
        ArtganError: if there is neither uv nor pip.
    """
    source, distribution = _source(what, editable)
    if same_distribution(distribution, FIRST_PARTY):
        raise UserError(
            "That is artgan itself, and it is running: install another version of it with what installed it."
        )
    # Named together with its version, so that a plugin made for another artgan is refused, and doesn't replace it.
    wanted = [*(["--editable"] if editable else []), source, f"{FIRST_PARTY}=={__version__}"]
    return Plan([*_installer("install"), *wanted], distribution, _notes(source))


def plan_uninstall(name: str, registry: Registry) -> Plan:
    """How to take out the package that is called ``name``, or that has a plugin of that name.

    Raises:
        UserError: if there is none, if several are meant, or if it is artgan itself.
        ArtganError: if there is neither uv nor pip.
    """
    found = dict.fromkeys(plugin.distribution for plugin in registry.plugins if plugin.is_called(name))
    if not found:
        names = dict.fromkeys(word for plugin in registry.plugins for word in (plugin.name, plugin.distribution))
        raise unknown("plugin", name, names, "`artgan plugins` lists them.")
    if len(found) > 1:
        raise UserError(f"Several packages have a plugin called '{name}': say {' or '.join(found)}.")
    (distribution,) = found
    if same_distribution(distribution, FIRST_PARTY):
        own = f"{name} comes with artgan" if not same_distribution(name, FIRST_PARTY) else "That is artgan itself"
        raise UserError(f"{own} and can't be taken out by itself; `artgan plugins disable NAME` switches a plugin off.")
    return Plan([*_installer("uninstall"), distribution], distribution)


def run(plan: Plan) -> None:
    """Do it. What the installer says goes to stderr, and if it fails that is the explanation.

    Raises:
        ArtganError: if it fails.
    """
    sys.stderr.flush()
    try:
        done = subprocess.run(plan.command, stdout=2, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise ArtganError(f"{plan.command[0]} can't be run: {error.strerror or error}.") from error
    if done.returncode:
        raise ArtganError(f"That failed, as is said above, and nothing was changed. The command was: {plan.shown}")


def installed_now() -> list[Plugin]:
    """The plugins as a new process finds them: this one has read its own already, and imported what is gone.

    Raises:
        ArtganError: if artgan doesn't start any more.
    """
    done = subprocess.run(
        [sys.executable, "-m", "artgan", "plugins", "--json"], capture_output=True, text=True, check=False
    )
    try:
        entries = json.loads(done.stdout)["plugins"]
    except (ValueError, KeyError, TypeError) as error:
        last = (done.stderr.strip() or done.stdout.strip() or "no word of why").splitlines()[-1]
        raise ArtganError(f"After that, artgan doesn't start any more: {last}") from error
    return [_plugin(entry) for entry in entries]


def _plugin(entry: dict[str, Any]) -> Plugin:
    kinds = {kind.kind: kind for kind in KINDS}
    specs = [kinds[found["kind"]](found["name"], found["summary"], "elsewhere:found") for found in entry["brings"]]
    origin = entry["name"], entry["entry_point"], entry["distribution"], entry["version"]
    return Plugin(*origin, specs=specs, problems=entry["problems"], disabled=entry["disabled"])


def brought(plan: Plan, before: Iterable[Plugin], after: Iterable[Plugin]) -> list[Plugin]:
    """The plugins of the package that ``plan`` installed: by its name, or else those that weren't there before."""
    if plan.distribution:
        return [plugin for plugin in after if same_distribution(plugin.distribution, plan.distribution)]
    known = {(plugin.name, plugin.distribution, plugin.version) for plugin in before}
    return [plugin for plugin in after if (plugin.name, plugin.distribution, plugin.version) not in known]


def _source(what: str, editable: bool) -> tuple[str, str]:
    """``what`` for the installer, and the distribution's name if that can be told."""
    text = what.strip()
    nonsense = UserError(f"'{what}' is neither a package (artgan-pond, artgan-pond==1.2), nor a path, nor an address.")
    if not text or text.startswith("-"):
        raise nonsense
    path = Path(text).expanduser()
    if _URL.fullmatch(text):
        return text, _name_of_archive(Path(text.partition("#")[0]).name)
    if text.startswith((".", "~", os.sep)) or "/" in text.partition("@")[0] or text.endswith((".whl", ".tar.gz")):
        if not path.exists():
            raise UserError(f"{text} doesn't exist. A package of an index is given by its name alone.")
        return str(path.absolute()), _name_of_folder(path) if path.is_dir() else _name_of_archive(path.name)
    if path.is_dir():
        # Who means the folder must not get a stranger's package of the same name.
        raise UserError(
            f"'{text}' is a folder here, and may be a package of an index too: "
            f"say .{os.sep}{text} for the folder, or go elsewhere for the package."
        )
    match = _REQUIREMENT.fullmatch(text)
    if not match:
        raise nonsense
    if editable:
        raise UserError("--editable is for a folder with a package's source, such as `-e .`.")
    return text, match["name"]


def _name_of_folder(folder: Path) -> str:
    project = folder / "pyproject.toml"
    if not project.is_file():
        if (folder / "setup.py").is_file():
            return ""
        raise UserError(f"{folder} is no package: it has no pyproject.toml. `artgan plugins new` writes one.")
    try:
        return str(tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}).get("name", ""))
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"{project} can't be read: {error}.") from error


def _name_of_archive(name: str) -> str:
    """``artgan_pond-1.0-py3-none-any.whl`` or ``artgan_pond-1.0.tar.gz``."""
    return name.rsplit("-", 1 if name.endswith(".tar.gz") else 4)[0] if name.endswith((".whl", ".tar.gz")) else ""


def _installer(verb: str) -> list[str]:
    """The command that installs or uninstalls here, without what. Raises :class:`UserError` where nobody may."""
    _require_lasting_environment()
    uv = os.environ.get("UV") or which("uv")
    if uv or find_spec("uv"):
        program = [uv] if uv else [sys.executable, "-m", "uv"]
        # A folder's [tool.uv.sources] may name another artgan, and would win over the version that is asked for here.
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
            "This artgan runs in an environment that uv made for this one command. Say "
            "`uvx --with PACKAGE artgan …`, or install both: `uv tool install artgan --with PACKAGE`."
        )
    managed = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    if sys.prefix == sys.base_prefix and managed.exists():
        raise UserError(
            f"The Python that artgan runs with ({sys.executable}) belongs to the operating system, which lets nobody "
            "else install into it. Install artgan in an environment of its own: `uv tool install artgan`."
        )


def _notes(source: str) -> list[str]:
    """What will take the package away again in an environment that somebody else keeps."""
    prefix = Path(sys.prefix)
    package = shlex.quote(source)
    if (prefix / "uv-receipt.toml").exists():
        return [
            "This artgan is a tool of uv's, and `uv tool upgrade artgan` takes the package away again. "
            f"To keep it: uv tool install artgan --with {package}"
        ]
    if (prefix / "pipx_metadata.json").exists():
        return [
            "This artgan is pipx's, and `pipx reinstall` takes the package away again. "
            f"To keep it: pipx inject {prefix.name} {package}"
        ]
    if (prefix.parent / "uv.lock").exists():
        return [
            f"This environment is that of the project {prefix.parent}, and `uv sync` takes the package away again. "
            f"To keep it: uv add --project {shlex.quote(str(prefix.parent))} --dev {package}"
        ]
    return []
