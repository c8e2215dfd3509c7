from campaignd.adapters.coval.account import headers


def test_the_key_goes_in_lower_case_and_the_workspace_only_where_set() -> None:
    assert headers("k") == {"x-api-key": "k"}
    assert headers("k", "w") == {"x-api-key": "k", "X-Coval-Workspace-Id": "w"}
