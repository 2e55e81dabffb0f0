"""Work done in the background. A task only names what to do; `jobs.py` does it."""

from __future__ import annotations

from django_tasks import task

from documents import jobs


@task()
def read_draft(pk: int) -> None:
    jobs.read_source(pk)


@task(queue_name="render")
def render_file(pk: int) -> None:
    jobs.make_file(pk)
