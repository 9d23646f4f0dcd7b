"""Fails when a test was skipped, or when none ran: `refuse_skipped.py RESULTS.xml`."""  # noqa: INP001 - a script

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def main(results: Path) -> int:
    """Read pytest's results and tell what was left out."""
    cases = ET.parse(results).getroot().findall(".//testcase")  # noqa: S314 - our own file
    skipped = [case for case in cases if case.find("skipped") is not None]
    for case in skipped:
        reason = case.find("skipped")
        why = "" if reason is None else reason.get("message", "")
        sys.stderr.write(f"skipped: {case.get('classname')}::{case.get('name')}: {why}\n")
    if not cases:
        sys.stderr.write("no test ran\n")
    return 1 if skipped or not cases else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
