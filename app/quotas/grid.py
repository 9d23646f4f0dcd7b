"""The board as a form: its boxes by their names, what was typed into them and what is wrong there.

A field is named by what it holds (`box`, `held`, `note`), the sealed number of the unit and, for
a box of a segment, the segment's code: `box-<unit>.female`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.errors import Refused
from app.core.messages import Message
from app.measures.queries import SegmentRow
from app.quotas.boxes import BoxKey, Mark, box_text, read_box, read_note
from app.quotas.rules import Base, WrittenQuota
from app.web.opaque import open_id, seal_id

BOX = "box-"
HELD = "held-"
NOTE = "note-"
WAS = "was"
"""Carries what stood in the boxes when the editor began, so that a conflict can be told apart."""

Problems = Mapping[BoxKey, Message]


@dataclass(frozen=True)
class Content:
    """What a box says, as text, with its marks."""

    text: str = ""
    is_held: bool = False
    note: str = ""


@dataclass(frozen=True)
class TypedBoard:
    """What an editor sent: the boxes, the base of percentages, and what there was before.

    `seen` is what the form carried. `before` lacks the boxes that were empty.
    """

    contents: Mapping[BoxKey, Content]
    base: Base
    seen: str
    was: str
    before: Mapping[BoxKey, Content] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadBoard:
    """What was readable of the boxes, and what is wrong with the others."""

    quotas: Mapping[BoxKey, WrittenQuota | None]
    marks: Mapping[BoxKey, Mark]
    problems: Problems


def suffix(key: BoxKey, codes: Mapping[int, str]) -> str:
    """Return what the names of a box's fields end in; `codes` are those of the segments."""
    sealed = seal_id("unit", key.unit_id)
    return sealed if key.segment_id is None else f"{sealed}.{codes[key.segment_id]}"


def typed_board(form: Mapping[str, str], segments: Iterable[SegmentRow]) -> TypedBoard:
    """Take the boxes out of a form; a box of a segment that the measure lacks is left out."""
    numbers = {row.code: row.id for row in segments}
    contents = {}
    for name, text in form.items():
        ending = name.removeprefix(BOX)
        key = _box_of(ending, numbers) if name.startswith(BOX) else None
        if key is not None:
            is_held = bool(form.get(HELD + ending))
            contents[key] = Content(text, is_held, form.get(NOTE + ending, ""))
    was = form.get(WAS, "")
    return TypedBoard(
        contents=contents,
        base=_base(form.get("base", "")),
        seen=form.get("seen", ""),
        was=was,
        before=dict(_before(was, numbers)),
    )


def read_board(typed: TypedBoard) -> ReadBoard:
    """Read every box and note."""
    quotas: dict[BoxKey, WrittenQuota | None] = {}
    marks: dict[BoxKey, Mark] = {}
    problems: dict[BoxKey, Message] = {}
    for key, content in typed.contents.items():
        try:
            quotas[key] = read_box(content.text, typed.base)
            marks[key] = Mark(is_held=content.is_held, note=read_note(content.note))
        except Refused as refusal:
            problems[key] = refusal.message
    return ReadBoard(quotas, marks, problems)


def stored_contents(
    keys: Iterable[BoxKey],
    texts: Mapping[BoxKey, str],
    marks: Mapping[BoxKey, Mark],
) -> dict[BoxKey, Content]:
    """Return what boxes hold, as an editor sees them."""
    return {
        key: Content(texts.get(key, ""), mark.is_held, mark.note or "")
        for key in keys
        for mark in (marks.get(key, Mark()),)
    }


def was_text(contents: Mapping[BoxKey, Content], codes: Mapping[int, str]) -> str:
    """Write what there was before an editor began, without the boxes that are empty."""
    said = {
        suffix(key, codes): [content.text, int(content.is_held), content.note]
        if content.is_held or content.note
        else content.text
        for key, content in contents.items()
        if content != Content()
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def canonical(text: str, base: Base) -> str:
    """Write a text as the box would show it once saved; one that cannot be read stays itself."""
    try:
        quota = read_box(text, base)
    except Refused:
        return text
    if quota is None:
        return ""
    return box_text(quota.meaning(0))


def box_keys(unit_ids: Sequence[int], segments: Sequence[SegmentRow]) -> Iterator[BoxKey]:
    """Return every box of a board, row by row."""
    for unit_id in unit_ids:
        yield BoxKey(unit_id)
        for segment in segments:
            yield BoxKey(unit_id, segment.id)


def _before(was: str, numbers: Mapping[str, int]) -> Iterator[tuple[BoxKey, Content]]:
    try:
        said: Any = json.loads(was or "{}")
    except (ValueError, RecursionError):
        # Nobody's form says this: it is read as if it had said nothing.
        return
    for ending, content in said.items() if isinstance(said, dict) else ():
        key = _box_of(ending, numbers)
        match content:
            case str():
                before = Content(content)
            case [str(text), int(is_held), str(note)]:
                before = Content(text, bool(is_held), note)
            case _:
                continue
        if key is not None:
            yield key, before


def _box_of(ending: str, numbers: Mapping[str, int]) -> BoxKey | None:
    sealed, _, code = ending.partition(".")
    if code and code not in numbers:
        return None
    return BoxKey(open_id("unit", sealed), numbers[code] if code else None)


def _base(text: str) -> Base:
    return Base(text) if text in set(Base) else Base.YEAR_START
