"""Keys are changed while the program serves: what older ones sealed is sealed anew."""

import json

import pytest
from sqlalchemy import select

from app.core.database import Base, db
from app.core.resealing import sealed_columns, silent_columns
from app.core.sealing import EXTENSION, SealBrokenError, read_keys
from app.intake.models import ImportFile
from app.privacy.commands import keep_private
from app.privacy.models import PrivateDetail
from app.privacy.queries import kept_of
from app.privacy.rules import LegalBasis
from app.tenants.context import tenant_transaction
from tests.factories.cases import make_person

IDENTITY = "079203017345"
OLD, NEW = "alt:" + "A" * 43, "neu:" + "B" * 43


@pytest.fixture
def keys(app):
    """Give the program other keys: `keys(NEW, OLD)`."""
    before = app.extensions[EXTENSION]

    def give(*texts):
        app.extensions[EXTENSION] = read_keys(",".join(texts))

    yield give
    app.extensions[EXTENSION] = before


@pytest.fixture
def somebody(province, keys):
    """A person whose identity number the old key has sealed."""
    keys(OLD)
    number = make_person(province.context, province.cell)
    keep_private(
        province.context,
        number,
        identity=IDENTITY,
        legal_basis=LegalBasis.CONSENT,
        document="",
    )
    db.session.commit()
    return number


def reseal(app):
    outcome = app.test_cli_runner().invoke(args=["keys", "reseal", "--format", "json"])
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)["resealed"]


def test_after_resealing_the_old_key_is_not_needed(app, province, keys, somebody):
    keys(NEW, OLD)
    assert reseal(app) == 1

    keys(NEW)

    with tenant_transaction(province.context.tenant_code) as context:
        assert kept_of(context, somebody).identity == IDENTITY
        sealed = db.session.scalars(select(PrivateDetail.identity_sealed)).one()
        assert bytes(sealed).startswith(b"neu:")
    assert reseal(app) == 0


def test_without_resealing_the_old_key_is_needed(province, keys, somebody):
    keys(NEW)

    with (
        tenant_transaction(province.context.tenant_code) as context,
        pytest.raises(SealBrokenError, match="no key"),
    ):
        kept_of(context, somebody)


def test_after_resealing_one_number_is_again_one_persons_alone(app, province, keys, somebody):
    """The blind index follows the key, so a number is compared with those sealed before."""
    keys(NEW, OLD)
    reseal(app)

    with (
        pytest.raises(Exception, match="identity_index"),
        tenant_transaction(province.context.tenant_code) as context,
    ):
        keep_private(
            context,
            make_person(context, province.cell, "Người khác"),
            identity=IDENTITY,
            legal_basis=LegalBasis.CONSENT,
            document="",
        )


def test_every_column_of_bytes_says_how_it_is_kept(app):
    assert silent_columns(Base.metadata) == set()
    tables = {sealed.table.name for sealed in sealed_columns(Base.metadata)}
    assert {PrivateDetail.__tablename__, ImportFile.__tablename__, "import_row"} <= tables
