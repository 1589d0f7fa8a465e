"""Batches in rounds: what was throttled is asked again, alone, after the longest wait any of it asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from troubleshooter.transport.answer import Answer
from troubleshooter.transport.retry import enough_patience
from troubleshooter.transport.service import Service

Ask = Callable[[Sequence[str]], list[Answer]]


def in_rounds(service: Service, ask: Ask, items: Sequence[str], size: int) -> list[Answer]:
    """Answers in the order of `items`. `ask` answers up to `size` of them at once, also in order."""
    answers: list[Answer] = []
    with enough_patience(service.retries.max_wait):
        for start in range(0, len(items), size):
            answers += _chunk(service, ask, items[start : start + size])
    return answers


def _chunk(service: Service, ask: Ask, items: Sequence[str]) -> list[Answer]:
    answers = ask(items)
    waited = 0.0
    attempt = 1
    while True:
        again = [place for place, answer in enumerate(answers) if _deserves_more(service, answer, attempt)]
        if not again:
            return answers
        pause = max(service.pause(answers[place], attempt) for place in again)
        if not service.wait(pause, [answers[place] for place in again]):
            return answers
        waited += pause
        attempt += 1
        for place, answer in zip(again, ask([items[place] for place in again]), strict=True):
            answers[place] = replace(answer, attempts=attempt, waited=waited)


def _deserves_more(service: Service, answer: Answer, attempt: int) -> bool:
    """Whether an item is worth another round. What was asked singly has had its tries already."""
    tried = max(attempt, answer.attempts)
    return tried < service.retries.tries(answer.status, answer.failure)
