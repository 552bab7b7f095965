"""A target that has a hard time is asked less often, and as before when it is well again."""

from capture.live.rest import Rest


def test_pauses_double_up_to_a_bound_and_are_as_usual_again_at_once() -> None:
    rest = Rest(60)
    pauses = []
    for _ in range(6):
        rest.bad()
        pauses.append(rest.pause)
    assert pauses == [120, 240, 480, 900, 900, 900]
    assert rest.is_longer
    rest.good()
    assert rest.pause == 60 and not rest.is_longer


def test_a_schedule_of_more_than_the_bound_stays_what_it_is() -> None:
    rest = Rest(3600)
    rest.bad()
    assert rest.pause == 3600 and not rest.is_longer


def test_what_a_target_asks_for_is_heard_within_reason() -> None:
    rest = Rest(60)
    rest.bad(asked=600)
    assert rest.pause == 600
    rest.bad(asked=10**9)
    assert rest.pause == 3600
