from campaignd.adapters.campaign_files.repair import Repair


def test_what_others_refer_to_is_replaced_and_the_rest_taken_out() -> None:
    repair = Repair()
    tree = {"personas": {"a": "short"}, "gates": ["x", "y"], "limits": {"timeout": "long"}}
    assert repair.mend([], [("personas", "a"), ("gates", 0), ("limits", "timeout")])
    mended = repair.apply(tree)
    assert mended == {
        "personas": {"a": "gk3jK9mPq2xRt5vW8yZaBc"},
        "gates": ["y"],
        "limits": {},
    }
    assert repair.original(("gates", 0)) == ("gates", 1)


def test_a_broken_agent_is_taken_for_one_that_can_do_everything() -> None:
    repair = Repair()
    assert repair.mend([("agents", "a", "covl")], [("agents", "a", "mutations"), ("agents", "a")])
    assert repair.apply({"agents": {"a": {"covl": "x"}}}) == {
        "agents": {
            "a": {
                "coval": "gk3jK9mPq2xRt5vW8yZaBc",
                "cotool": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
            }
        }
    }


def test_a_place_that_is_still_wrong_takes_what_holds_it_along() -> None:
    repair = Repair()
    assert repair.mend([], [("matrix", "include", 0, "agents")])
    assert repair.mend([], [("matrix", "include", 0, "agents")])
    assert repair.apply({"matrix": {"include": [{"agents": "x"}]}}) == {"matrix": {"include": []}}


def test_there_is_an_end_to_repairing() -> None:
    repair = Repair()
    assert repair.mend([], [("tags",)])
    assert not repair.mend([], [("tags",)])
