from graph.naming import Names


def test_a_turn_names_what_it_is_about() -> None:
    names = Names({1: [20, 21, 20]}, {1: [22]})

    assert names.named_by(1).numbers.tolist() == [20, 21, 22]
    assert names.named_by(1).about.tolist() == [False, False, True]


def test_who_names_an_entity_stands_in_order_with_who_is_about_it() -> None:
    names = Names({3: [20], 1: [20]}, {2: [20], 3: [20]})

    assert names.naming(20).numbers.tolist() == [1, 2, 3]
    assert names.naming(20).about.tolist() == [False, True, True]


def test_the_unknown_names_nothing() -> None:
    names = Names({}, {})

    assert len(names.named_by(1).numbers) == 0
    assert len(names.naming(1).numbers) == 0
