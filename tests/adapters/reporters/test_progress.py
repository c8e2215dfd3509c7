from datetime import UTC, datetime, timedelta
from io import StringIO

from campaignd.adapters.reporters.progress import LineProgress, SilentProgress
from campaignd.engine.progress import CellView, ProgressView

START = datetime(2026, 11, 22, 3, tzinfo=UTC)


class GonePipe(StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError(text)


def test_there_is_a_line_for_each_change() -> None:
    assert lines(
        view(0, cell("planned")),
        view(5, cell("running")),
        view(8, cell("running")),
        view(80, cell("running", done=12, failed=1)),
        view(300, cell("collected", done=40, failed=1), state="scoring", note="waits for grades"),
        view(400, cell("collected", done=40, failed=1), state="finished"),
    ) == [
        "[     0s] nightly running (01J)",
        "[     5s] a/p/s running",
        "[ 1m 20s] 30%: 12 of 40 simulations done, 1 failed, about 8m 40s to go",
        "[     5m] nightly scoring (01J)",
        "[     5m] a/p/s collected, 40 of 40 done, 1 failed",
        "[     5m] 100%: 40 of 40 simulations done, 1 failed, about 5m to go",
        "[     5m] waits for grades",
        "[ 6m 40s] nightly finished (01J)",
    ]


def test_progress_takes_one_line_in_ten_per_cent() -> None:
    views = [view(second, cell("running", done=second)) for second in range(41)]
    assert sum("simulations done" in line for line in lines(*views)) == 10


def test_a_second_attempt_and_a_note_are_told() -> None:
    again = cell("running", attempt=2, note="the first run FAILED")
    assert lines(view(1, again))[1:] == [
        "[     1s] a/p/s running (attempt 2): the first run FAILED"
    ]


def test_a_hundred_per_cent_means_all() -> None:
    almost = view(1, CellView("a/p/s", "running", 1, planned=1000, done=999))
    assert "99%" in lines(almost)[-1]


def test_a_reader_who_goes_away_ends_the_lines_and_nothing_else() -> None:
    progress = LineProgress(GonePipe())
    progress.show(view(1, cell("running")))
    progress.say("still here")


def test_quiet_means_silent() -> None:
    progress = SilentProgress()
    progress.show(view(1, cell("running")))
    progress.say("nothing")


def lines(*views: ProgressView) -> list[str]:
    stream = StringIO()
    progress = LineProgress(stream)
    for shown in views:
        progress.show(shown)
    return stream.getvalue().splitlines()


def cell(
    state: str, done: int = 0, failed: int = 0, attempt: int = 1, note: str | None = None
) -> CellView:
    return CellView("a/p/s", state, attempt, 40, done, failed, note)


def view(
    seconds: int, *cells: CellView, state: str = "running", note: str | None = None
) -> ProgressView:
    return ProgressView(
        execution="01J",
        campaign="nightly",
        state=state,
        started_at=START,
        now=START + timedelta(seconds=seconds),
        cells=cells,
        expected_end=START + timedelta(minutes=10),
        note=note,
    )
