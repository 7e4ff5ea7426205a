from memsvc.evals.datasets.dataset import joined
from tests.evals.small import read, sample


def test_files_are_joined_in_order_under_both_names() -> None:
    whole = joined([read(sample()), read(sample(sample_id="conv-2"))])

    assert whole.name == "small+small"
    assert [space.name for space in whole.spaces] == ["conv-1", "conv-2"]
    assert (len(whole.questions), whole.unlabelled) == (6, 4)


def test_a_limit_keeps_the_first_questions_and_the_spaces_that_they_ask() -> None:
    whole = joined([read(sample()), read(sample(sample_id="conv-2"))])

    assert [len(space.questions) for space in whole.first(4).spaces] == [3, 1]
    assert [space.name for space in whole.first(2).spaces] == ["conv-1"]
    assert whole.first(None) == whole


def test_groups_stand_before_the_categories_that_occur() -> None:
    assert read(sample()).categories == {
        "1-4": {"1", "2", "3", "4"},
        "2": {"2"},
        "4": {"4"},
        "5": {"5"},
    }
    assert next(iter(read(sample()).categories)) == "1-4"
