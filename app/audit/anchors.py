"""The last digests of each tenant's trail, kept outside the database: one line a batch.

Whoever rewrote a trail in the database, its batches included, would have to rewrite these files
too. They hold no personal data; copy them away with the logs.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SEPARATOR = " "
_LONGEST_LINE = 200


@dataclass(frozen=True)
class Anchor:
    """A batch as it was when it was linked."""

    number: int
    digest: bytes


@dataclass(frozen=True)
class AnchorFile:
    """The anchors of one tenant."""

    path: Path

    def last_number(self) -> int:
        """Return the number of the batch anchored last, 0 without any."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - _LONGEST_LINE))
            lines = file.read().splitlines()
        return _read(lines[-1].decode()).number if lines else 0

    def append(self, anchors: list[Anchor]) -> None:
        """Add anchors; they are on the disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="ascii") as file:
            file.writelines(f"{each.number}{_SEPARATOR}{each.digest.hex()}\n" for each in anchors)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others from adding or moving anchors meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def set_aside_after(self, number: int, moment: str) -> None:
        """Move the anchors after the one with a number to a file named for a moment."""
        with self.path.open("rb") as file:
            lines = file.readlines()
        later = [line for line in lines if _read(line.decode()).number > number]
        kept = self.path.with_name(f"{self.path.name}.new")
        # In this order: what a crash leaves half done is done anew.
        _write(self.path.with_name(f"{self.path.stem}.cut-{moment}.txt"), later)
        _write(kept, lines[: len(lines) - len(later)])
        kept.replace(self.path)

    def anchors(self) -> Iterator[Anchor]:
        """Go through all of them, the oldest first."""
        if self.path.exists():
            with self.path.open(encoding="ascii") as file:
                yield from map(_read, file)


def anchor_file(data_dir: Path, tenant_code: str) -> AnchorFile:
    """Return the anchors of a tenant; its code holds only what file names may hold."""
    return AnchorFile(data_dir / "trail-anchors" / f"{tenant_code}.txt")


def _write(path: Path, lines: list[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def _read(line: str) -> Anchor:
    number, _, digest = line.strip().partition(_SEPARATOR)
    return Anchor(int(number), bytes.fromhex(digest))
