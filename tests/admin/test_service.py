"""What works behind the pages, as operators and administrators see it; without Redis, too."""

import pytest
from sqlalchemy import text

from app.core.database import db
from app.core.job_runs import job_runs
from app.core.jobs import EXTENSION, connect, job, run_job
from app.core.jobs import _jobs as known_jobs
from app.exports.models import ExportFile
from app.rollups.commands import verify
from app.tenants.context import tenant_transaction
from tests.factories.cases import make_person


@pytest.fixture
def failing_job():
    """A job that fails."""

    @job(queue="default")
    def fail_for_a_test():
        raise ZeroDivisionError("Nguyễn Văn An")

    yield "fail_for_a_test"
    del known_jobs["fail_for_a_test"]


def test_every_run_of_a_job_is_kept_with_how_it_ended(app_context, failing_job):
    run_job("forget_sessions", {})
    with pytest.raises(ZeroDivisionError):
        run_job(failing_job, {})

    with db.session.begin():
        runs = job_runs()
        assert runs["forget_sessions"].ended_at >= runs["forget_sessions"].started_at
        assert runs["forget_sessions"].failed_at is None
        # The words of an error may hold anything; its kind does not.
        assert (runs[failing_job].failure, runs[failing_job].failures) == ("ZeroDivisionError", 1)
        assert runs[failing_job].ended_at is None


def test_operators_see_queues_and_jobs_and_run_one_now(app, operator, client, sign_in):
    sign_in(client, "vanhanh")

    page = client.get("/admin/jobs/").text
    assert "fold_all_deltas" in page
    assert "không có tiến trình" in page
    assert client.submit("/admin/jobs/run", {"job": "forget_sessions"}).status_code == 303
    assert "Đã đưa vào hàng đợi." in client.get("/admin/jobs/").text
    client.submit("/admin/jobs/run", {"job": "forget_sessions"})
    assert "Công việc này đang chờ hoặc đang chạy." in client.get("/admin/jobs/").text


def test_the_page_says_so_when_redis_is_away(*, app, operator, client, sign_in, monkeypatch):
    sign_in(client, "vanhanh")
    with connect("redis://127.0.0.1:1/0") as nowhere:
        monkeypatch.setitem(app.extensions, EXTENSION, nowhere)

        page = client.get("/admin/jobs/")
        answer = client.submit("/admin/jobs/run", {"job": "forget_sessions"})

        assert page.status_code == 200
        assert "Hàng đợi công việc tạm thời không hoạt động." in page.text
        assert "fold_all_deltas" in page.text
        assert answer.status_code == 303


def test_a_mismatch_is_an_alert_for_both_and_stays_known(
    *, app, province, operator, client, sign_in, owner_engine
):
    with tenant_transaction("VINHPHUC") as context:
        make_person(context, province.cell)
    with owner_engine.begin() as owner:
        owner.execute(
            text("SELECT set_context(:tenant, '0', '~')"), {"tenant": province.context.tenant_id}
        )
        owner.execute(text("DELETE FROM delta"))
    with tenant_transaction("VINHPHUC") as context:
        assert verify(context).mismatches

    sign_in(client, "quantri")
    assert "số lệch; sổ đã được lập lại" in client.get("/admin/tenant-jobs/").text

    run_job("verify_all_rollups", {})
    run_job("verify_all_rollups", {})
    page = client.get("/admin/tenant-jobs/").text
    assert "số lệch; sổ đã được lập lại" not in page
    with tenant_transaction("VINHPHUC"):
        kept = db.session.scalar(text("SELECT mismatched_at FROM rollup_status"))
    assert kept is not None


def test_what_was_given_up_is_tried_again_by_the_administrator(app, province, client, sign_in):
    with tenant_transaction("VINHPHUC") as context:
        db.session.add(
            ExportFile(
                tenant_id=context.tenant_id,
                path=province.commune.path,
                unit_id=province.commune.id,
                table_name="people",
                title="Danh sách",
                query="",
                ending="csv",
                orderer_id=province.users["xa"],
                orderer_name="xa",
                state="failed",
                rows=0,
            )
        )
    sign_in(client, "quantri")

    assert province.commune.name in client.get("/admin/tenant-jobs/").text
    client.submit("/admin/tenant-jobs/retry")
    assert "Sẽ thử lại 1 việc." in client.get("/admin/tenant-jobs/").text
    run_job("draw_exports", {})

    assert "Không có việc nào đang làm" in client.get("/admin/tenant-jobs/").text
