"""Many requests at once: a pool of threads whose results come in the order of the tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from types import TracebackType
from typing import TypeVar

Result = TypeVar("Result")
Item = TypeVar("Item")

DEFAULT_WORKERS = 12
_DECODERS = 2
_SPAN = 0.5  # seconds


class Workers:
    """Use as a context manager. The first failure ends the rest of its group and is raised."""

    def __init__(self, count: int = DEFAULT_WORKERS) -> None:
        self._pool = ThreadPoolExecutor(max_workers=count, thread_name_prefix="audit")
        # Pictures are decoded by few: every thread that did it keeps megabytes of buffers for the next time.
        self._decoders = ThreadPoolExecutor(max_workers=_DECODERS, thread_name_prefix="decode")

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._decoders.shutdown(wait=True, cancel_futures=True)

    def all(self, tasks: Iterable[Callable[[], Result]]) -> list[Result]:
        """The results in order. Raises what the first failing task raised."""
        return _results(self._pool, tasks)

    def decode(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """The same as `map` for work that takes the processor, not the network."""
        return _results(self._decoders, [partial(function, item) for item in items])

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """`function` of every item, in order."""
        return self.all([partial(function, item) for item in items])

    def in_parts(
        self, function: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item], size: int
    ) -> list[Result]:
        """The results for all items, where `function` takes up to `size` of them at once."""
        parts = [items[start : start + size] for start in range(0, len(items), size)]
        return [result for part in self.map(function, parts) for result in part]


def _results(pool: ThreadPoolExecutor, tasks: Iterable[Callable[[], Result]]) -> list[Result]:
    futures: list[Future[Result]] = [pool.submit(task) for task in tasks]
    try:
        # In short spans: on Windows nobody hears Ctrl-C while a wait without an end lasts.
        while wait(futures, timeout=_SPAN, return_when=FIRST_EXCEPTION).not_done and not _failed(futures):
            pass
    except BaseException:
        _cancel(futures)
        raise
    failed = _failed(futures)
    if failed is not None:
        _cancel(futures)
    return [one.result() for one in ([failed] if failed is not None else futures)]


def _failed(futures: Sequence[Future[Result]]) -> Future[Result] | None:
    return next((one for one in futures if one.done() and not one.cancelled() and one.exception()), None)


def _cancel(futures: Sequence[Future[Result]]) -> None:
    for future in futures:
        future.cancel()
    wait(futures)
