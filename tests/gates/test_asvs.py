"""The table of the ASVS counts what it lists, and names tests that there are."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (V[\d.]+) \| [12] \| [^|]+ \| ([^|]+) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE
)
REQUIREMENTS = 210


def test_the_counts_are_those_of_the_rows():
    results = Counter(result.strip("* ") for _, result, _, _ in ROW.findall(TABLE))
    said = re.search(r"\*\*(\d+) requirements: (\d+) met, (\d+) unmet, (\d+) about", TABLE)

    counted = (REQUIREMENTS, results["met"], results["unmet"], results["n/a"])
    assert tuple(map(int, said.groups())) == counted
    assert sum(results.values()) == REQUIREMENTS


def test_what_is_met_names_a_test_and_what_is_unmet_says_why():
    for number, result, how, shown in ROW.findall(TABLE):
        assert how.strip(), number
        if result == "met":
            assert shown == "`make check`" or (ROOT / shown.strip("`")).exists(), number


def test_the_inventory_of_cryptography_names_every_module_that_uses_any():
    inventory = (ROOT / "docs" / "decisions" / "cryptography.md").read_text(encoding="utf-8")
    uses = re.compile(
        r"^(?:import|from) (?:argon2|cryptography|hashlib|hmac|itsdangerous|pyotp|secrets|ssl)\b",
        re.MULTILINE,
    )
    using = {
        str(path.relative_to(ROOT / "app"))
        for path in (ROOT / "app").rglob("*.py")
        if uses.search(path.read_text(encoding="utf-8"))
    }

    assert using == set(re.findall(r"`([a-z_]+/[a-z_]+\.py)`", inventory))
