import pytest

from config.logs import mask_numbers, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call 13812345678 now", "call 138******78 now"),
        ("id 11010519491231002X", "id 110*************2X"),
        ("card 6222 0212 3456 7890", "card 622***********90"),
        ("+86 138-1234-5678", "861********78"),
        ("bill 123456789 of 2026-11-23", "bill 123456789 of 2026-11-23"),
        ("took 0.1234567890123 s", "took 0.1234567890123 s"),
    ],
)
def test_long_runs_of_digits_are_masked(text, shown):
    assert masked(text) == shown


def test_numbers_are_masked_wherever_they_stand():
    event = {"event": "x", "phone": 13812345678, "rows": [{"id": "13812345678"}], "n": 12}
    assert mask_numbers(None, "info", event) == {
        "event": "x",
        "phone": "138******78",
        "rows": [{"id": "138******78"}],
        "n": 12,
    }
