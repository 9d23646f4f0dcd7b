"""Codes that an administrator gives to what files and the command line name."""

import re

from app.core.errors import Problem
from app.core.messages import message

_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}", re.ASCII)


def problems_of_code(code: str) -> tuple[Problem, ...]:
    """Return what keeps a text from being a code."""
    if _CODE.fullmatch(code):
        return ()
    return (
        Problem(
            "code", message("Mã gồm 2 đến 40 chữ thường không dấu, số và gạch dưới, chữ đứng đầu.")
        ),
    )
