"""Judging facts with a language model: the adapter of `memsvc.ports.improving.FactJudge`."""

from collections.abc import Sequence
from dataclasses import dataclass

from memsvc.llm.asking import answers, day_of
from memsvc.llm.makers import maker_of
from memsvc.ports.improving import Case, Ended, Unread
from memsvc.ports.language import Ask, LanguageModel
from memsvc.prompts.rendering import line, prompt
from memsvc.prompts.shapes import JudgementSaid

JUDGEMENT = "judgement-1"
MOST_TOKENS = 768


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """Says which facts hold no longer. `within_s` is for all cases of a call."""

    model: LanguageModel
    within_s: float

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        return maker_of(self.model, JUDGEMENT)

    def judge(self, cases: Sequence[Case]) -> list[tuple[Ended, ...] | Unread]:
        """Return what each case ends, in their order. Raises `ModelUnavailable`."""
        asks = [
            Ask(
                prompt(JUDGEMENT)(
                    day=day_of(case.new.at),
                    fact=line(case.new.line),
                    facts="\n".join(
                        f'<fact handle="{handle}" said="{day_of(one.at)}">{line(one.line)}</fact>'
                        for handle, one in case.older
                    ),
                ),
                MOST_TOKENS,
            )
            for case in cases
        ]
        found = answers(self.model, asks, JudgementSaid, within_s=self.within_s)
        return [
            one
            if isinstance(one, Unread)
            else tuple(Ended(each.handle, each.reason) for each in one.ended)
            for one in found
        ]
