"""What feedback comes to: bounded, monotone, and less with every further word."""

from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.feedback import Opinion

COUNTS = st.integers(0, 1_000)
OPINIONS = st.builds(Opinion, COUNTS, COUNTS, COUNTS)


@given(OPINIONS)
def test_it_lies_between_minus_one_and_one_and_is_nothing_where_nobody_spoke(
    opinion: Opinion,
) -> None:
    assert -1 < opinion.net < 1
    assert Opinion().net == 0


@given(OPINIONS)
def test_every_actor_that_was_helped_raises_it_and_every_other_lowers_it(opinion: Opinion) -> None:
    helped, wrong, outdated = opinion

    assert Opinion(helped + 1, wrong, outdated).net > opinion.net
    assert Opinion(helped, wrong + 1, outdated).net < opinion.net
    assert Opinion(helped, wrong, outdated + 1).net == Opinion(helped, wrong + 1, outdated).net


@given(COUNTS)
def test_each_further_actor_moves_it_less(helped: int) -> None:
    first, second, third = (Opinion(helped + n).net for n in range(3))

    assert third - second < second - first
