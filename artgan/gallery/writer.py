"""Write an exhibit's files: images in threads, then everything else."""

import base64
import json
import math
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artgan.data.dataset import ImageInfo
from artgan.gallery import exhibit as files
from artgan.gallery.curator import Pick
from artgan.gallery.page import build_page
from artgan.imaging.contact_sheet import ContactSheet
from artgan.imaging.credentials import Signer
from artgan.imaging.png import annotate, encode
from artgan.sampling.sampler import Drawn

EMBEDDED_BYTES = 8 << 20
"""The page embeds the images if their PNGs have at most this many bytes in total; else it links to their files."""

_THREADS = min(8, os.cpu_count() or 1)


class ExhibitWriter:
    """Writes an exhibit into a folder. Use it as a context manager; leave the ``with`` only after :meth:`finish`.

    It keeps the text of the metadata in memory and, if the page embeds them, the images' PNGs.
    """

    def __init__(
        self,
        folder: Path,
        n: int,
        info: ImageInfo,
        common: dict[str, Any],
        picks: list[Pick] | None,
        columns: int | None,
        scale: int,
        signer: Signer | None = None,
    ) -> None:
        """Prepare an empty folder.

        Args:
            folder: the folder.
            n: number of images.
            info: their shape.
            common: metadata that all of them share.
            picks: the curator's pick of each image, by position; None without a curator.
            columns: columns of the contact sheet; None: about square.
            scale: nearest-neighbour enlargement.
            signer: signs images and contact sheet; None: leave them unsigned.
        """
        self.folder, self.info, self.common, self.picks, self.scale = folder, info, common, picks, scale
        self.signer = signer
        (folder / files.IMAGES).mkdir()
        self.digits = max(5, len(str(n - 1)))
        self.sheet = ContactSheet(n, info, columns, scale if scale > 1 else None)
        self._own: list[dict[str, Any]] = [{}] * n
        self._lines: list[str] = [""] * n
        self._embedded: list[str] | None = [""] * n
        self._png_bytes = 0
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="artgan-png")
        self._pending: deque[Future[int]] = deque()

    def __enter__(self) -> "ExhibitWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def put(self, drawn: Drawn) -> None:
        """Write these images, or start to. Raises any error of these or earlier ones."""
        images = drawn.images.permute(0, 2, 3, 1).contiguous().numpy()
        for rows in np.array_split(np.arange(len(images)), _THREADS):
            self._pending.append(self._pool.submit(self._write_images, drawn, images, rows.tolist()))
        while len(self._pending) > 4 * _THREADS:
            self._collect()

    def finish(self, record: dict[str, Any]) -> dict[str, Any]:
        """Write metadata, contact sheet, page and finally the record, with details of sheet and page added."""
        while self._pending:
            self._collect()
        with (self.folder / files.METADATA).open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(line + "\n" for line in self._lines)
        self.sheet.save(self.folder / files.SHEET)
        if self.signer:
            self.signer.sign_file(self.folder / files.SHEET, {**self.common, "images": self.sheet.shown})
        record = record | {
            "contact_sheet": {
                "columns": self.sheet.columns,
                "rows": self.sheet.rows,
                "scale": self.sheet.scale,
                "images": self.sheet.shown,
            },
            "page": {"images": "embedded" if self._embedded else "linked"},
        }
        self._write_text(files.PAGE, build_page(record, self.common, self._own, self._embedded, self._name(0)))
        self._write_text(files.RECORD, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        return record

    def _collect(self) -> None:
        self._png_bytes += self._pending.popleft().result()
        if self._png_bytes > EMBEDDED_BYTES:
            self._embedded = None

    def _write_text(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8", newline="\n")

    def _name(self, position: int) -> str:
        return f"{files.IMAGES}/{position:0{self.digits}d}.png"

    def _write_images(self, drawn: Drawn, images: NDArray[np.uint8], rows: list[int]) -> int:
        """Write images (in a thread); return the total size of the PNGs without metadata, in bytes."""
        return sum(self._write_image(drawn, row, images[row]) for row in rows)

    def _write_image(self, drawn: Drawn, row: int, image: NDArray[np.uint8]) -> int:
        position = int(drawn.positions[row])
        own = self._metadata(drawn, row, position)
        name = self._name(position)
        line = json.dumps({"file_name": name, **self.common, **own}, ensure_ascii=False)
        png = encode(image, self.scale)
        whole = annotate(png, line)
        if self.signer:
            whole = self.signer.sign(whole, name, {**self.common, **own})
        with open(f"{self.folder}/{name}", "wb", buffering=0) as file:
            file.write(whole)
        self.sheet.put(position, image)
        embedded = self._embedded
        if embedded is not None:
            embedded[position] = base64.b64encode(png).decode()
        self._own[position], self._lines[position] = own, line
        return len(png)

    def _metadata(self, drawn: Drawn, row: int, position: int) -> dict[str, Any]:
        label = None if drawn.labels is None else int(drawn.labels[row])
        score = None if drawn.scores is None else float(drawn.scores[row])
        own = {
            "index": int(drawn.indices[row]),
            "label": label,
            "label_name": None if label is None else self.info.label_names[label],
            "score": None if score is None or not math.isfinite(score) else round(score, 6),
        }
        if self.picks is not None:
            pick = self.picks[position]
            distance = None if pick.distance is None else round(pick.distance, 6)
            own |= {
                "rank": pick.rank,
                "candidates": pick.candidates,
                "nearest_distance": distance,
                "reason": pick.reason,
            }
        return own
