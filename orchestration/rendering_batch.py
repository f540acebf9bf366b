"""Many documents made into files, by all cores of the machine.

Here: handing them out, and what became of each. Every folder is whole or not there, so a batch
that was cut short goes on where it stopped. Keep out: which folder is whose (`rendering`).
"""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from threading import Thread

from billing.errors import MeterbookError
from invoice_render.bundle import files_of
from invoice_render.document import Document
from invoice_render.errors import RenderError
from invoice_render.report import CostReport, UsageReport
from orchestration.rendered import is_current, made_from, remember
from orchestration.writing import write_folder

ALONE = 24
"""So many documents are done before other processes would have begun."""
WAITING = 4
"""Documents that wait for each process, so that the whole batch is never in memory."""


@dataclass(frozen=True)
class Task:
    """One document to be made into the files of one folder, all of it as frozen JSON."""

    folder: Path
    stamp: Path
    document: bytes
    usage_report: bytes | None
    cost_report: bytes | None

    @property
    def source(self) -> str:
        """What its files are made from."""
        return made_from(self.document, self.usage_report, self.cost_report)


@dataclass(frozen=True)
class Outcome:
    """What became of a folder: whether it changed, or why its forms cannot be made."""

    folder: Path
    changed: bool
    refused: str = ""


def render(task: Task) -> Outcome:
    """Make the files of one folder, unless it has them from the same document and templates."""
    source = task.source
    if is_current(task.folder, task.stamp, source):
        return Outcome(task.folder, changed=False)
    usage, cost = task.usage_report, task.cost_report
    try:
        files = files_of(
            Document.model_validate_json(task.document),
            None if usage is None else UsageReport.model_validate_json(usage),
            None if cost is None else CostReport.model_validate_json(cost),
        )
    except RenderError as error:
        return Outcome(task.folder, changed=False, refused=str(error))
    changed = write_folder(task.folder, files)
    remember(task.folder, task.stamp, source)
    return Outcome(task.folder, changed)


def render_all(
    tasks: Iterable[Task], told: Callable[[int], None] = lambda _: None, workers: int | None = None
) -> Iterator[Outcome]:
    """Make all of them, in no order; `told` hears how many are done after each.

    Raises MeterbookError when a process was killed; what was done by then stays done.
    """
    most = workers or len(os.sched_getaffinity(0))
    rest = iter(tasks)
    alone = map(render, rest if most == 1 else islice(rest, ALONE))
    for done, outcome in enumerate(chain(alone, _by_many(rest, most)), start=1):
        told(done)
        yield outcome


def _by_many(tasks: Iterator[Task], workers: int) -> Iterator[Outcome]:
    """Hand out what is not there yet; processes begin with the first of it."""
    running: set[Future[Outcome]] = set()
    pool: ProcessPoolExecutor | None = None
    with ExitStack() as stack:
        for task in tasks:
            if is_current(task.folder, task.stamp, task.source):
                yield Outcome(task.folder, changed=False)
                continue
            if pool is None:
                context = multiprocessing.get_context("spawn")
                pool = stack.enter_context(ProcessPoolExecutor(workers, context, _end_with_parent))
            running.add(pool.submit(render, task))
            if len(running) >= workers * WAITING:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from map(_result, done)
        yield from map(_result, running)


def _end_with_parent() -> None:
    """Let this process end when the one that began it is killed: nobody else may write then."""

    def wait_for_it() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=wait_for_it, daemon=True).start()


def _result(future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise MeterbookError(
            "A process that made documents was killed. Close again: it goes on where it was."
        ) from error
