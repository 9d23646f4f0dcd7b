"""What works behind the pages: queues, jobs and books for operators, a tenant's own for its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.access import current_principal
from app.admin.base import Page, at
from app.admin.national_paper import national_paper
from app.admin.tenant_work import retry_failed, tenant_work
from app.core import clock
from app.core.dates import parse_date
from app.core.errors import AppError
from app.core.job_runs import JobRun, job_runs
from app.core.jobs import Periodic, QueueUnavailable, queue_connection, schedule
from app.core.messages import message
from app.core.periods import as_of, parse_period
from app.core.queue_state import QueueState, queue_states, run_now, try_again
from app.exports.commands import note_list_taken
from app.measures.defaults import MEASURES
from app.measures.filters import ADMISSION, period_choices
from app.reports.downloads import download
from app.rollups.national import National, national
from app.tenants.current import current_context
from app.web.addresses import kept_parameters, see_other
from app.web.guards import Permission
from app.web.i18n import render_message
from app.web.languages import ENGLISH, language


@dataclass(frozen=True)
class ScheduledJob:
    """A job of the schedule and its last run."""

    periodic: Periodic
    run: JobRun | None

    @property
    def has_failed_last(self) -> bool:
        """Whether the last run that ended at all ended with an error."""
        if self.run is None or self.run.failed_at is None:
            return False
        return self.run.ended_at is None or self.run.failed_at > self.run.ended_at


class Jobs(Page):
    """Queues, workers, scheduled jobs and failures, and every tenant's books."""

    permission = Permission.OPERATE
    title = message("Công việc nền")
    description = message("Hàng đợi, tiến trình, lần chạy gần nhất, lỗi; sổ đếm của từng đảng bộ.")

    @at("/")
    def index(self) -> str:
        """Show all of it; without Redis what the database knows, and that the queue is away."""
        states, trouble = _queue_states()
        runs = job_runs()
        today = clock.today()
        books = national(ADMISSION, parse_period(str(today.year)), today)
        return str(
            self.render(
                "admin/jobs.html",
                page=self,
                states=states,
                trouble=trouble,
                jobs=[ScheduledJob(each, runs.get(each.job.name)) for each in schedule()],
                books=books.tenants,
            )
        )

    @at("/run", methods=("POST",))
    def run(self) -> Response:
        """Queue a scheduled job at once."""
        return self._told(
            lambda: (
                _("Đã đưa vào hàng đợi.")
                if run_now(queue_connection(), request.form.get("job", ""))
                else _("Công việc này đang chờ hoặc đang chạy.")
            )
        )

    @at("/retry", methods=("POST",))
    def retry(self) -> Response:
        """Queue a job that was given up once more."""

        def act() -> str:
            try_again(queue_connection(), request.form.get("job", ""))
            return str(_("Đã đưa vào hàng đợi."))

        return self._told(act)

    def _told(self, act: Callable[[], str]) -> Response:
        try:
            flash(act(), "success")
        except AppError as error:
            flash(render_message(error.message), "error")
        return see_other(url_for(".index"))


class TenantJobs(Page):
    """What the program still does for a tenant, and what failed."""

    permission = Permission.CONFIGURE
    title = message("Công việc nền")
    description = message("Tệp đang nhập, đang xuất, thư đang gửi; lần đối chiếu số liệu gần nhất.")

    @at("/")
    def index(self) -> str:
        """Show the tenant's own work."""
        return str(
            self.render("admin/tenant_jobs.html", page=self, work=tenant_work(current_context()))
        )

    @at("/retry", methods=("POST",))
    def retry(self) -> Response:
        """Have what was given up tried again."""
        number = retry_failed(current_context())
        flash(_("Sẽ thử lại %(number)s việc.", number=number), "success")
        return see_other(url_for(".index"))


class NationalTotals(Page):
    """Totals by tenant; nothing inside them."""

    permission = Permission.OPERATE
    title = message("Cả nước")
    description = message("Kết quả theo đảng bộ: chỉ tổng số, không có hồ sơ.")

    @at("/")
    def index(self) -> str:
        """Show the totals of a measure and a period."""
        names = {one.code: _name(one.name_vi, one.name_en) for one in MEASURES}
        found = _asked_totals()
        return str(
            self.render(
                "admin/national.html",
                page=self,
                found=found,
                measure_name=names[found.measure],
                measures=list(names.items()),
                periods=period_choices(clock.today().year, found.period),
                address=kept_parameters(("measure", "period", "as_of")),
            )
        )

    @at("/table.<ending>")
    def table(self, ending: str) -> Response:
        """Hand out the totals as a file."""
        found, taker = _asked_totals(), current_principal()
        names = {one.code: one.name_vi for one in MEASURES}
        paper = national_paper(
            found,
            names[found.measure],
            taker=taker.name if taker else "",
            today=clock.today(),
        )
        note_list_taken(None, self.name, len(found.tenants))
        return download(paper, ending)


def _asked_totals() -> National:
    """Count what the address asks for; admissions where it names nothing that is counted."""
    wanted = request.args.get("measure", ADMISSION)
    measure = wanted if wanted in {one.code for one in MEASURES} else ADMISSION
    today = clock.today()
    period = parse_period(request.args.get("period") or str(today.year))
    requested: date | None = (
        parse_date(request.args["as_of"]) if request.args.get("as_of") else None
    )
    return national(measure, period, as_of(period, today, requested))


def _name(vietnamese: str, english: str) -> str:
    return english if language() == ENGLISH else vietnamese


def _queue_states() -> tuple[tuple[QueueState, ...], str | None]:
    try:
        return queue_states(queue_connection()), None
    except QueueUnavailable as away:
        return (), render_message(away.message)
