"""Asks a model every question in every setting, several at a time, and a judge of each answer.

What was answered before is not asked again. A question that no answer came to is told and left
open; the next run asks it again.
"""

import json
import re
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from memsvc.evals.answering.contexts import Ask
from memsvc.evals.answering.kept import Answered, Answers, Judged
from memsvc.evals.answering.model import Model, NoReply
from memsvc.evals.answering.prompts import JUDGING, judging_prompt, prompt_of
from memsvc.evals.run import Progress, silently

REPAIR = "\n\nYour reply could not be read. Reply with nothing but that JSON object."

_OBJECT = re.compile(r"\{[^{}]*\}")


@dataclass(slots=True)
class Asking:
    """What came of asking: by the key of each ask its answer and judgement, and what did not."""

    answers: dict[str, Answered] = field(default_factory=dict)
    judgements: dict[str, Judged] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    """Keys of asks to which no answer came, and why."""

    unjudged: int = 0


def key_of(ask: Ask, reader: Model, *, form: str) -> str:
    """Return what an ask's answer is kept under."""
    prompt, _ = _prompt(ask)
    return ask.key(form, reader.endpoint.model, prompt)


def ask_all(
    asks: Sequence[Ask],
    *,
    form: str,
    reader: Model,
    judge: Model | None,
    kept: Answers,
    at_once: int,
    progress: Progress = silently,
) -> Asking:
    """Ask what is not kept, at most `at_once` at a time, and keep each answer as it comes.

    Raises `ModelUnavailable` where the reader or the judge cannot be asked at all; what was
    answered until then is kept.
    """
    found = Asking()
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        asked = {
            pool.submit(_one, ask, form=form, reader=reader, judge=judge, kept=kept): ask
            for ask in asks
        }
        try:
            for done, future in enumerate(as_completed(asked)):
                progress("answers", done, len(asked))
                _take(future, found, kept, key=key_of(asked[future], reader, form=form))
        finally:
            pool.shutdown(cancel_futures=True)
    return found


@dataclass(frozen=True, slots=True)
class _Came:
    """What one ask came to, and which of it is new."""

    answer: Answered | NoReply
    judgement: Judged | NoReply | None
    new: tuple[Answered | Judged, ...]


def _one(ask: Ask, *, form: str, reader: Model, judge: Model | None, kept: Answers) -> _Came:
    key = key_of(ask, reader, form=form)
    known = kept.answers.get(key)
    answer = known or _answered(ask, key, reader)
    if isinstance(answer, NoReply):
        return _Came(answer, None, ())
    new: tuple[Answered | Judged, ...] = () if known else (answer,)
    if judge is None:
        return _Came(answer, None, new)
    name = f"{judge.endpoint.model}/{JUDGING}"
    judged = kept.judgement(key, name) if known else None
    if judged is not None:
        return _Came(answer, judged, new)
    judgement = _judged(answer, judge, name=name)
    return _Came(answer, judgement, new if isinstance(judgement, NoReply) else (*new, judgement))


def _take(future: Future[_Came], found: Asking, kept: Answers, *, key: str) -> None:
    came = future.result()
    for line in came.new:
        kept.keep(line)
    if isinstance(came.answer, NoReply):
        found.open[key] = came.answer.why
        return
    found.answers[key] = came.answer
    if isinstance(came.judgement, Judged) and came.judgement.correct is not None:
        found.judgements[key] = came.judgement
    elif came.judgement is not None:
        found.unjudged += 1


def _prompt(ask: Ask) -> tuple[str, str]:
    return prompt_of(ask.question.text, ask.context, asked_at=ask.question.asked_at)


def _answered(ask: Ask, key: str, reader: Model) -> Answered | NoReply:
    name, prompt = _prompt(ask)
    reply = reader.reply(prompt)
    if isinstance(reply, NoReply):
        return reply
    return Answered(
        key=key,
        setting=ask.setting,
        space=ask.space,
        category=ask.question.category,
        question=ask.question.text,
        reference=ask.question.answer or "",
        answer=reply.text,
        model=reader.endpoint.model,
        prompt=name,
        turns=ask.turns,
        seconds=round(reply.seconds, 3),
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
    )


def _judged(answer: Answered, judge: Model, *, name: str) -> Judged | NoReply:
    """Ask once, and once more where the reply cannot be read."""
    prompt = judging_prompt(answer.question, answer.reference, answer.answer)
    correct: bool | None = None
    for asked in (prompt, prompt + REPAIR):
        reply = judge.reply(asked)
        if isinstance(reply, NoReply):
            return reply
        correct = _verdict(reply.text)
        if correct is not None:
            break
    return Judged(answer.key, name, answer.answer, correct)


def _verdict(text: str) -> bool | None:
    for match in _OBJECT.finditer(text):
        try:
            found = json.loads(match[0])
        except ValueError:  # braces that hold no JSON
            continue
        if isinstance(found, dict) and isinstance(found.get("correct"), bool):
            verdict: bool = found["correct"]
            return verdict
    return None
