"""The request for an exhibit."""

from dataclasses import dataclass

from artgan.errors import UserError
from artgan.sampling.sampler import check_seed, check_truncation

MAX_IMAGES = 1_000_000
"""The most that can be drawn for one exhibit, candidates included."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options of an exhibit; kept in ``exhibit.json``."""

    run: str
    checkpoint: str | None
    seed: int
    n: int
    labels: list[int | str] | str | None
    truncation: float
    columns: int | None
    scale: int
    curate: int | None
    curator: str | None
    gallery_dir: str
    name: str | None
    title: str | None
    overwrite: bool
    device: str

    def check(self) -> None:
        """Raise :class:`UserError` for values out of range."""
        if self.n < 1:
            raise UserError(f"An exhibit of {self.n} images can't be made: --n is at least 1.")
        check_seed(self.seed)
        check_truncation(self.truncation)
        if not 1 <= self.scale <= 64:
            raise UserError(f"--scale {self.scale} is out of range: it is 1 to 64.")
        if self.columns is not None and self.columns < 1:
            raise UserError(f"--columns {self.columns} is out of range: it is at least 1.")
        if self.curate is not None and not 1 <= self.curate <= 1000:
            raise UserError(f"--curate {self.curate} is out of range: it draws 1 to 1000 times as many images.")
        if self.n * (self.curate or 1) > MAX_IMAGES:
            raise UserError(
                f"{self.n * (self.curate or 1):,} images are too many for one exhibit: at most {MAX_IMAGES:,} can be "
                "drawn. Make several with different seeds."
            )
