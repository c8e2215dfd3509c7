import pytest

from campaignd.core.campaign.schedule import Schedule, parse_cron, parse_timezone


@pytest.mark.parametrize(
    "line", ["0 3 * * 1-5", "*/15 * * * *", "0 0 L * *", "0 9 * * MON#1", "0 0 29 2 *"]
)
def test_cron_lines_of_five_fields_are_read(line: str) -> None:
    assert parse_cron(line) == line


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        pytest.param("0 3 * *", "write five fields", id="four fields"),
        pytest.param("0 0 3 * * 1", "write five fields", id="six fields"),
        pytest.param("@daily", "write five fields", id="nickname"),
        pytest.param("60 3 * * *", "wrong minute", id="minute 60"),
        pytest.param("0 3 * * 8", "wrong day-of-week", id="weekday 8"),
        pytest.param("0 3 30 2 *", "wrong day-of-month", id="30 February"),
        pytest.param("0 0 */30 * MON#3", "never comes: no such day exists", id="no such day"),
        pytest.param(None, "nothing is not a cron line", id="nothing"),
    ],
)
def test_other_lines_are_refused_with_the_reason(line: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_cron(line)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_time_zones_of_the_iana_are_read(name: str) -> None:
    assert parse_timezone(name) == name


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        pytest.param("Europe/Berln", "did you mean 'Europe/Berlin'", id="mistyped"),
        pytest.param("zzzzzzzz", "write one like Europe/Berlin or UTC", id="unknown"),
        pytest.param("../etc/passwd", "is not an IANA time zone", id="a path"),
        pytest.param("Europe", "is not an IANA time zone", id="a folder"),
        pytest.param("", "is not an IANA time zone", id="empty"),
        pytest.param(None, "nothing is not an IANA time zone", id="nothing"),
    ],
)
def test_other_time_zones_are_refused(name: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_timezone(name)


def test_a_schedule_catches_nothing_up_unless_told() -> None:
    schedule = Schedule(cron="0 3 * * *")
    assert (schedule.timezone, schedule.catch_up) == ("UTC", "none")
