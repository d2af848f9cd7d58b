"""The base of all checks: each has a name, says why it matters and where to read more."""

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np

from artgan.plugins.loading import describe
from artgan.plugins.specs import Spec
from artgan.testing.expect import Unchecked, calling, expect

T = TypeVar("T")
Method = TypeVar("Method", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one plugin; call it.

    Attributes:
        subject: what is checked, such as ``model pond``.
        name: which check it is, such as ``resuming``.
        why: why it matters.
        see: where to read more.
    """

    subject: str
    name: str
    why: str
    see: str
    _run: Callable[[], None]

    def __call__(self) -> None:
        """Run the check. Raises :class:`AssertionError` if it fails, :class:`Unchecked` if it can't be run here."""
        try:
            with _kept_randomness(), calling(f"The check '{self.name}' of {self.subject}"):
                self._run()
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n  Why it matters: {self.why}\n  Read more: {self.see}") from failure


def check(why: str, see: str) -> Callable[[Method], Method]:
    """Mark a method of a :class:`Suite` as a check. ``see`` names an object (``artgan.LatentModel.sample``)."""

    def mark(method: Method) -> Method:
        method.why, method.see = why, see  # type: ignore[attr-defined]
        return method

    return mark


class Suite:
    """The checks of one plugin: the methods marked by :func:`check`, in the order of their definition.

    Work that several of them share is done once, by :meth:`once`.

    Attributes:
        subject: what is checked.
        spec: the spec that names it; None if a class was given.
    """

    kind: ClassVar[type[Spec]]

    def __init__(self, subject: str, spec: Spec | None = None) -> None:
        self.subject, self.spec = f"{self.kind.title} {subject}", spec
        self._made: dict[Any, Any] = {}
        self._failed: set[Any] = set()

    def checks(self) -> list[Check]:
        """Return all checks. They may be called one by one, in any order."""
        found: dict[str, Any] = {}
        for kind in reversed(type(self).__mro__):
            found |= {name: method for name, method in vars(kind).items() if hasattr(method, "why")}
        return [
            Check(
                self.subject,
                name.strip("_").replace("_", " "),
                method.why,
                f"`python -m pydoc {method.see}`, and docs/plugins/{self.kind.hook.removeprefix('artgan_')}.md",
                getattr(self, name),
            )
            for name, method in found.items()
        ]

    def run(self) -> None:
        """Run all checks. Raises :class:`AssertionError` when the first one fails."""
        for one in self.checks():
            try:
                one()
            except Unchecked:
                continue

    def once(self, what: Any, make: Callable[[], T]) -> T:
        """Return ``make()``, called once. If it fails, the first check to need it fails and the others are skipped."""
        if what in self._failed:
            raise Unchecked("it depends on a check that failed")
        if what not in self._made:
            try:
                self._made[what] = make()
            except Unchecked:
                raise
            except BaseException:
                self._failed.add(what)
                raise
        made: T = self._made[what]
        return made

    @check(
        "Every artgan command and shell completion reads all plugins, so heavy imports slow down all of them.",
        "artgan.plugins.specs.Spec",
    )
    def listing(self) -> None:
        """Check that reading the plugin imports none of the large libraries."""
        if self.spec is None:
            raise Unchecked("a class was given, not a spec")
        from artgan.plugins.loading import registry

        plugin = registry().provider(self.spec)
        heavy = ("torch", "torchvision", "numpy", "pydantic", "lightning_fabric", "PIL")
        code = (
            "import sys; from importlib import import_module; "
            f"import artgan; import_module({plugin.target.partition(':')[0]!r}); "
            f"print(*[name for name in {heavy!r} if name in sys.modules])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"{plugin.target} can't be imported by itself: {done.stderr.strip()[-300:]}")
        expect(
            not done.stdout.split(),
            f"Importing {plugin.target} to find the {describe(self.spec)} also imports "
            f"{', '.join(done.stdout.split())}. Name targets as text, 'module:Class', and import nothing else there.",
        )


@contextmanager
def unchanged_randomness(what: str, *, may_draw: bool = False) -> Iterator[None]:
    """Fail if code run inside draws from, or seeds, global random number generators.

    Args:
        what: the name for the message.
        may_draw: whether it may draw from torch's, as new layers do; seeding is never allowed.
    """
    torch = sys.modules.get("torch")
    before, array = random.getstate(), np.random.get_state()  # noqa: NPY002
    seed, tensors = (torch.initial_seed(), torch.get_rng_state()) if torch else (0, None)
    yield
    advice = "Draw from a generator of your own"
    expect(random.getstate() == before, f"{what} uses Python's global random numbers. {advice}: random.Random(seed).")
    now = np.random.get_state()  # noqa: NPY002
    same = all(np.array_equal(old, new) for old, new in zip(array, now, strict=True))
    expect(same, f"{what} uses numpy's global random numbers. {advice}: numpy.random.default_rng(seed).")
    if torch:
        advice += ": torch.Generator()."
        expect(torch.initial_seed() == seed, f"{what} seeds torch's global random numbers. {advice}")
        expect(
            may_draw or torch.equal(torch.get_rng_state(), tensors),
            f"{what} uses torch's global random numbers. {advice}",
        )


@contextmanager
def _kept_randomness() -> Iterator[None]:
    """Restore the global random numbers after a check."""
    torch = sys.modules.get("torch")
    array = np.random.get_state()  # noqa: NPY002
    kept = random.getstate(), torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(array)  # noqa: NPY002
        if torch:
            torch.set_rng_state(kept[1])
