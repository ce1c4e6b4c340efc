"""``catalog jobs``: the uploads and what became of them, for whoever runs the service."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from . import speaks_plainly

if TYPE_CHECKING:
    from catalog_service.engine import Engine
    from catalog_service.jobs import JobBook

STATES = ("queued", "running", "done", "failed", "cancelled")


@click.group()
def jobs() -> None:
    """查看和清理上传任务。"""


@jobs.command("list")
@click.option("--state", type=click.Choice(STATES), help="只列一种状态")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON Lines")
@click.pass_obj
@speaks_plainly
def list_jobs(engine: Engine, state: str | None, as_json: bool) -> None:
    """列出任务，最近上传的在前。"""
    from catalog_service.jobs.job import STATES as CALLED
    from catalog_service.jobs.records import job_record

    with _book(engine) as book:
        found = [job for job in book.jobs() if state in (None, job.state)]
    for job in found:
        line = "\t".join((job.id, CALLED[job.state], job.created_at, job.document, job.message))
        click.echo(json.dumps(job_record(job), ensure_ascii=False) if as_json else line)
    if not found:
        click.echo("没有任务", err=True)


@jobs.command()
@click.argument("job")
@click.pass_obj
@speaks_plainly
def cancel(engine: Engine, job: str) -> None:
    """取消等待或进行中的任务。"""
    with _book(engine) as book:
        book.cancel(job)
    click.echo("已取消，或稍后停止", err=True)


@jobs.command()
@click.argument("job")
@click.pass_obj
@speaks_plainly
def retry(engine: Engine, job: str) -> None:
    """重试失败或已取消的任务。"""
    with _book(engine) as book:
        book.retry(job)
    click.echo("已重新排队，由运行中的服务处理", err=True)


@jobs.command()
@click.option("--days", type=click.IntRange(0), required=True, help="删除结束已满这么多天的任务")
@click.pass_obj
@speaks_plainly
def remove(engine: Engine, days: int) -> None:
    """删除早已结束的任务及其上传文件和结果；已入库的数据不受影响。"""
    import shutil

    from catalog_service.jobs.job import FINAL
    from catalog_service.jobs.uploads import job_folder

    before = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    with _book(engine) as book:
        ended = [job for job in book.jobs() if job.state in FINAL and job.ended_at < before]
        for job in ended:
            book.remove(job.id)
            shutil.rmtree(job_folder(engine.data_dir, job.id), ignore_errors=True)
    click.echo(f"已删除 {len(ended)} 个任务", err=True)


def _book(engine: Engine) -> JobBook:
    from catalog_service.jobs import open_jobs

    engine.data_dir.mkdir(parents=True, exist_ok=True)
    return open_jobs(engine.store_path)
