"""Asks a model every question in every setting, several at a time, and a judge of each answer.

What was answered before is not asked again. A question that no answer came to is told and left
open; the next run asks it again.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial

from memsvc.evals.answering.contexts import Ask
from memsvc.evals.answering.kept import Answered, Answers, Judged
from memsvc.evals.answering.prompts import JUDGING, judging_prompt, prompt_of
from memsvc.evals.progress import Progress, silently
from memsvc.ports.language import Ask as Prompted
from memsvc.ports.language import LanguageModel, Message, Unanswered
from memsvc.prompts.shaped import Shape, Shaped, ask_for

ANSWER_TOKENS = 300
"""Tokens that an answer may have; summaries need them."""


class Verdict(Shape):
    """What a judge says of an answer."""

    correct: bool


@dataclass(slots=True)
class Asking:
    """What came of asking: by the key of each ask its answer and judgement, and what did not."""

    answers: dict[str, Answered] = field(default_factory=dict)
    judgements: dict[str, Judged] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    """Keys of asks to which no answer came, and why."""

    unjudged: int = 0


def key_of(ask: Ask, reader: LanguageModel, *, form: str) -> str:
    """Return what an ask's answer is kept under."""
    prompt, _ = _prompt(ask)
    return ask.key(form, reader.name, prompt)


def ask_all(
    asks: Sequence[Ask],
    *,
    form: str,
    reader: LanguageModel,
    judge: LanguageModel | None,
    kept: Answers,
    at_once: int,
    within_s: float,
    progress: Progress = silently,
) -> Asking:
    """Ask what is not kept, at most `at_once` at a time, and keep each answer as it comes.

    Each answer and each judgement may take `within_s` seconds. Raises `ModelUnavailable` where the
    reader or the judge cannot be asked at all; what was answered until then is kept.
    """
    found = Asking()
    one = partial(_one, form=form, reader=reader, judge=judge, kept=kept, within_s=within_s)
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        asked = {pool.submit(one, ask): ask for ask in asks}
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

    answer: Answered | Unanswered
    judgement: Judged | Unanswered | None
    new: tuple[Answered | Judged, ...]


def _one(
    ask: Ask,
    *,
    form: str,
    reader: LanguageModel,
    judge: LanguageModel | None,
    kept: Answers,
    within_s: float,
) -> _Came:
    key = key_of(ask, reader, form=form)
    known = kept.answers.get(key)
    answer = known or _answered(ask, key, reader, within_s=within_s)
    if isinstance(answer, Unanswered):
        return _Came(answer, None, ())
    new: tuple[Answered | Judged, ...] = () if known else (answer,)
    if judge is None:
        return _Came(answer, None, new)
    name = f"{judge.name}/{JUDGING}"
    judged = kept.judgement(key, name) if known else None
    if judged is not None:
        return _Came(answer, judged, new)
    judgement = _judged(answer, judge, name=name, within_s=within_s)
    return _Came(answer, judgement, new if isinstance(judgement, Unanswered) else (*new, judgement))


def _take(future: Future[_Came], found: Asking, kept: Answers, *, key: str) -> None:
    came = future.result()
    for line in came.new:
        kept.keep(line)
    if isinstance(came.answer, Unanswered):
        found.open[key] = came.answer.why
        return
    found.answers[key] = came.answer
    if isinstance(came.judgement, Judged) and came.judgement.correct is not None:
        found.judgements[key] = came.judgement
    elif came.judgement is not None:
        found.unjudged += 1


def _prompt(ask: Ask) -> tuple[str, str]:
    return prompt_of(ask.question.text, ask.context, asked_at=ask.question.asked_at)


def _answered(
    ask: Ask, key: str, reader: LanguageModel, *, within_s: float
) -> Answered | Unanswered:
    name, prompt = _prompt(ask)
    (reply,) = reader.replies((_prompted(prompt),), within_s=within_s)
    if isinstance(reply, Unanswered):
        return reply
    return Answered(
        key=key,
        setting=ask.setting,
        space=ask.space,
        category=ask.question.category,
        question=ask.question.text,
        reference=ask.question.answer or "",
        answer=reply.text.strip(),
        model=reader.name,
        prompt=name,
        turns=ask.turns,
        seconds=round(reply.spent.seconds, 3),
        prompt_tokens=reply.spent.read,
        completion_tokens=reply.spent.written,
    )


def _judged(
    answer: Answered, judge: LanguageModel, *, name: str, within_s: float
) -> Judged | Unanswered:
    """Ask, once more where the reply cannot be read; what cannot be read then says neither."""
    prompt = judging_prompt(answer.question, answer.reference, answer.answer)
    (found,) = ask_for(judge, Verdict, (_prompted(prompt),), within_s=within_s)
    if isinstance(found, Unanswered):
        return found
    correct = found.value.correct if isinstance(found, Shaped) else None
    return Judged(answer.key, name, answer.answer, correct)


def _prompted(prompt: str) -> Prompted:
    return Prompted((Message("user", prompt),), most_tokens=ANSWER_TOKENS)
