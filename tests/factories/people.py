"""Where people are, for tests that move them."""

from sqlalchemy import select

from app.cases.models import Person
from app.core.database import apply_context, db
from app.units.models import Unit


def cells_of_people(context, prefix):
    """Return the cells of the people whose codes begin with a prefix, in a transaction anew."""
    db.session.rollback()
    apply_context(db.session(), context.for_database)
    rows = db.session.execute(
        select(Person.person_code, Unit.code)
        .join(Unit, (Unit.tenant_id == Person.tenant_id) & (Unit.id == Person.cell_id))
        .where(Person.tenant_id == context.tenant_id, Person.person_code.startswith(prefix))
    ).all()
    db.session.rollback()
    return {row.person_code: row.code for row in rows}
