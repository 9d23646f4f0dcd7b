"""`make hostile`: what slow, huge, crowding and greedy clients, wrong clocks and a full disk do.

    python faults/hostile.py [--only slow huge crowd noisy clock disk]

Everything runs as `make run` starts it, in a folder of its own on loopback. Each line says what was
promised, what was seen, and whether the promise was kept; the status is 1 where one was not. Slow
clients stand before nginx, wrong clocks need `faketime`, and a full disk needs root, to mount a
small file system for the data: what could not be tried is no kept promise.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.factory import create_app
from faults.clients import crowd, huge, noisy, slow
from faults.program import Program
from faults.run import make_posts
from faults.scene import Line, Scene, make_neighbour
from faults.surroundings import clock, disk

PREFIX = "chi-tieu-hostile-"
DISK = 700 << 20

SCENES: Mapping[str, Callable[[Scene], Iterator[Line]]] = {
    "slow": slow,
    "huge": huge,
    "crowd": crowd,
    "noisy": noisy,
    "clock": clock,
    "disk": disk,
}


def main() -> None:
    """Run, print a line for each promise, and end with status 1 where one was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SCENES, default=list(SCENES))
    asked = parser.parse_args()
    broken = 0
    with _folder() as folder:
        program = Program(folder / "data", folder / "log")
        with program.running():
            application = create_app(program.settings)
            with application.app_context():
                posts = make_posts()
                make_neighbour()
            for name in asked.only:
                for line in SCENES[name](Scene(program, application, posts)):
                    broken += not line.is_kept
                    print(f"{'kept  ' if line.is_kept else 'BROKEN'} {name}: {line.promise}")
                    print(f"       {line.seen}", flush=True)
    sys.exit(broken > 0)


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder whose data lie on a small file system of their own, if it may be mounted."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # The servers' account must pass through.
    folder.chmod(0o711)
    data = folder / "data"
    data.mkdir()
    is_mounted = os.geteuid() == 0 and _mounted(data)
    try:
        yield folder
    finally:
        if is_mounted:
            subprocess.run(["umount", str(data)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def _mounted(data: Path) -> bool:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=711", "tmpfs", str(data)], check=False
    )
    return done.returncode == 0


if __name__ == "__main__":
    main()
