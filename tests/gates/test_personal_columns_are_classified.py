"""Every column of every table is classified; of people nothing is forgotten in their own file."""

from app.core.database import Personal, db
from app.factory import metadata
from app.privacy.classification import OF_OTHERS, OF_PEOPLE
from app.privacy.queries import everything_about, told_columns
from app.privacy.subject_paper import NAMES, SECTIONS
from tests.factories.cases import make_person
from tests.factories.provinces import make_province

COPIES_OF_FILES = {"export_file", "import_file", "import_row"}


def personal_tables():
    return {
        mapper.local_table.name
        for mapper in db.Model.registry.mappers
        if issubclass(mapper.class_, Personal)
    }


def test_every_column_of_a_personal_table_is_classified(app):
    assert {table: set(metadata().tables[table].columns.keys()) for table in personal_tables()} == {
        table: set(columns) for table, columns in OF_PEOPLE.items()
    }


def test_every_other_column_that_is_no_key_is_classified(app):
    """Whoever adds a column says in `app/privacy/classification.py` what it holds."""
    assert {
        table.name: _saying(table)
        for table in metadata().sorted_tables
        if table.name not in OF_PEOPLE
    } == {table: set(columns) for table, columns in OF_OTHERS.items()}


def _saying(table):
    """Return the columns that are neither part of the key nor refer to another row."""
    referring = {key.parent.name for key in table.foreign_keys}
    named = {*OF_OTHERS.get(table.name, ())} & {*table.columns.keys()}
    return named | {
        column.name
        for column in table.columns
        if not column.primary_key and column.name not in referring
    }


def test_a_persons_export_covers_every_column_that_says_something(app_context):
    province = make_province("VINHPHUC", "Vĩnh Phúc")
    number = make_person(province.context, province.cell)

    told = everything_about(province.context, number)

    assert set(told) == personal_tables() - COPIES_OF_FILES
    filled = {table: set(rows[0]) for table, rows in told.items() if rows}
    assert {"person", "private_detail", "case_file", "step"} <= set(filled)
    assert filled == {table: told_columns(table) for table in filled}
    assert set(SECTIONS) == set(told)
    assert set(NAMES) == {column for table in told for column in told_columns(table)}
