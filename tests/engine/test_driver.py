from tests.engine.stage import Stage


async def test_a_campaign_runs_to_its_verdict(stage: Stage) -> None:
    report = await stage.run()
    assert (report.verdict, report.exit_status) == ("passed", 0)
