"""Who goes with which part of a split unit: its cells or units below, or the people of a cell."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.cases.models import Person
from app.core.database import db
from app.core.errors import NotFound
from app.core.messages import message
from app.reorganisations import drafts
from app.reorganisations.ground import ground_on
from app.reorganisations.models import PersonRoute
from app.reorganisations.queries import operations_of, reorganisation_by_id
from app.reorganisations.rules import Operation, Share
from app.tenants.context import Context
from app.units.models import Unit


@dataclass(frozen=True)
class Item:
    """Somebody who goes with one of the parts; `chosen` is the code of its heir, else empty."""

    key: str
    name: str
    note: str
    chosen: str


@dataclass(frozen=True)
class Split:
    """A split unit with its heirs, the default one first, and who may be routed."""

    reorganisation_id: int
    code: str
    name: str
    is_cell: bool
    heirs: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]

    def keep(self, context: Context, chosen: Mapping[str, str]) -> None:
        """Keep where everybody goes; whoever is not among the parts goes with the default one."""
        others = [code for code, _name in self.heirs[1:]]
        routed = {
            key: code if code in others else None
            for key, code in chosen.items()
            if key in {item.key for item in self.items}
        }
        if self.is_cell:
            drafts.route_people(
                context,
                self.reorganisation_id,
                {int(key): code for key, code in routed.items()},
            )
            return
        drafts.route_cells(
            context,
            self.reorganisation_id,
            {key: _goes_with(key, code) for key, code in routed.items()},
        )


def split_of(context: Context, reorganisation_id: int, row: int, *, with_people: bool) -> Split:
    """Return the split that an operation of a draft is part of."""
    reorganisation = reorganisation_by_id(context, reorganisation_id)
    operations = operations_of(context, reorganisation_id)
    op = next((each for each in operations if each.row == row), None)
    ground = ground_on(context, reorganisation.effective_on)
    unit = ground.standing.get(op.old_code) if op is not None else None
    if op is None or op.share is not Share.PART or unit is None:
        raise NotFound(message("Không có phần chia tách này trong bản nháp."))
    parts = sorted(
        (each for each in operations if each.old_code == op.old_code),
        key=lambda each: not each.is_default_heir,
    )
    is_cell = ground.is_cell(unit.description)
    if is_cell:
        items = _people(context, reorganisation_id, op.old_code) if with_people else ()
    else:
        goes_with = {each.old_code: each.new_parent_code or "" for each in operations}
        items = tuple(
            Item(below.code, below.description.name, below.code, goes_with.get(below.code, ""))
            for below in ground.standing.values()
            if below.parent_code == op.old_code
        )
    return Split(
        reorganisation_id=reorganisation_id,
        code=op.old_code,
        name=unit.description.name,
        is_cell=is_cell,
        heirs=tuple((each.new_code or "", each.new_name or each.new_code or "") for each in parts),
        items=items,
    )


def _people(context: Context, reorganisation_id: int, cell_code: str) -> tuple[Item, ...]:
    rows = db.session.execute(
        select(Person.id, Person.full_name, Person.date_of_birth, PersonRoute.new_code)
        .join(Unit, (Unit.tenant_id == Person.tenant_id) & (Unit.id == Person.cell_id))
        .outerjoin(
            PersonRoute,
            (PersonRoute.tenant_id == Person.tenant_id)
            & (PersonRoute.person_id == Person.id)
            & (PersonRoute.reorganisation_id == reorganisation_id),
        )
        .where(
            Person.tenant_id == context.tenant_id,
            Unit.tenant_id == context.tenant_id,
            Unit.code == cell_code,
        )
        .order_by(Person.sort_key, Person.id)
    )
    return tuple(
        Item(str(row.id), row.full_name, str(row.date_of_birth.year), row.new_code or "")
        for row in rows
    )


def _goes_with(code: str, heir: str | None) -> Operation | None:
    """Return the operation that puts a unit below an heir; none for the default one."""
    if heir is None:
        return None
    return Operation(
        row=0,
        old_code=code,
        share=Share.WHOLE,
        new_code=code,
        new_parent_code=heir,
        is_default_heir=True,
    )
