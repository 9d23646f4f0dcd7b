"""Jobs made for tests: `job_process.py NOTES worker|schedule`, `… enqueue NAME TENANT…`."""

import sys
import time
from pathlib import Path

from sqlalchemy import text

from app.core.database import db
from app.core.jobs import enqueue, every, job
from app.core.logging import configure_logging
from worker.main import run_worker
from worker.schedule import run_schedule
from wsgi import app

NOTES = Path(sys.argv[1])


def note(*words):
    with NOTES.open("a", encoding="utf-8") as notes:
        notes.write(" ".join(map(str, words)) + "\n")


def noted(word):
    return NOTES.exists() and word in NOTES.read_text(encoding="utf-8")


@job(queue="default")
def note_session(tenant_id):
    note("job", tenant_id, db.session.scalar(text("SELECT pg_backend_pid()")))


@job(queue="default")
def fail_at_first(tenant_id):
    if not noted("failed"):
        note("failed", tenant_id)
        raise ValueError("the first time")
    note("succeeded", tenant_id)


@job(queue="default")
def hang_at_first(tenant_id):
    if not noted("hanging"):
        note("hanging", tenant_id)
        time.sleep(600)
    note("finished", tenant_id)


@every(seconds=1)
@job(queue="default")
def stumble():
    note("stumbled")
    raise ValueError("every time")


@every(seconds=1)
@job(queue="default")
def tick():
    note("tick")


def main(part, *arguments):
    configure_logging()
    if part == "worker":
        with app.app_context():
            note("parent", db.session.scalar(text("SELECT pg_backend_pid()")))
        run_worker(app, "default")
    elif part == "schedule":
        run_schedule(app.config["SETTINGS"].redis_url)
    else:
        with app.app_context():
            for tenant_id in arguments[1:]:
                enqueue(arguments[0], tenant_id=int(tenant_id))


main(*sys.argv[2:])
