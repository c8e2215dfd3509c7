import pytest

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.core.mistakes import CampaignInvalid

START = "begin with 'version: 1' and 'name: …', or have 'campaignd init' write one"
HEAD = "version: 1\nname: smoke\n"
SOUND = f"""{HEAD}\
agents: {{checkout: {{coval: gk3jK9mPq2xRt5vW8yZaBc}}}}
personas: {{impatient: hL4kL0nQr3ySt6vX9zAcDd}}
test_sets: {{basics: aB1cD2eF}}
"""
METRICS = 'metrics: {resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}}\n'


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(CampaignInvalid) as refusal:
        load_campaign_text(text, "f", {})
    return str(refusal.value).splitlines()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", f"f:1:1: this file is empty; {START}", id="empty"),
        pytest.param(
            "# a\n# b\n",
            f"f:1:1: there are only comments in this file; {START}",
            id="only comments",
        ),
        pytest.param(
            "- a\n",
            f"f:1:1: a campaign is a mapping of keys and values, this is a list; {START}",
            id="list",
        ),
        pytest.param(
            "\n hello\n",
            f"f:2:2: a campaign is a mapping of keys and values, this is the text 'hello'; {START}",
            id="text",
        ),
        pytest.param(
            "a: [1\nb: 2\n",
            "f:2:2: this is not YAML: expected ',' or ']', but got ':' "
            "(while parsing a flow sequence that begins on line 1)",
            id="no YAML",
        ),
        pytest.param(
            SOUND + "metrics: {m: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {between: [5]}}}\n",
            "f:6:55: an entry is missing here",
            id="half a pair",
        ),
        pytest.param(
            SOUND + "metrics: {m: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: [a]}}}\n",
            "f:6:55: expected a text, found a list",
            id="list for a text",
        ),
        pytest.param(
            SOUND + "metrics: {m: {id: jN6mN2pSt5aUv8xZ1bCeFf, cotool: score}}\n",
            "f:6:15: the key 'id' does not go with the other keys here",
            id="keys of two forms",
        ),
        pytest.param(
            SOUND + "metrics: {m: {id: jN6mN2pSt5aUv8xZ1bCeFf, unit: ''}}\n",
            "f:6:49: '' is too short: write something",
            id="empty unit",
        ),
        pytest.param(
            SOUND + "metrics: {m: {id: jN6mN2pSt5aUv8xZ1bCeFf, unit: every-second-of-the-call}}\n",
            "f:6:49: 'every-second-of-the-call' is too long: at most 20 characters fit",
            id="long unit",
        ),
        pytest.param(
            SOUND + "tags: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]\n",
            "f:6:1: expected at most 16 entries here",
            id="too many tags",
        ),
        pytest.param(
            SOUND + "report: {webhooks: [{url_secret: a, events: [done]}]}\n",
            "f:6:46: expected started, finished or changed, found 'done'",
            id="event",
        ),
        pytest.param(
            HEAD + "agents: {checkout: gk3jK9mPq2xRt5vW8yZaBc}\n",
            "f:3:20: expected a mapping of keys and values, found 'gk3jK9mPq2xRt5vW8yZaBc'; "
            "write {coval: gk3jK9mPq2xRt5vW8yZaBc}",
            id="an agent's id alone",
        ),
        pytest.param(
            SOUND + "lables: {a: b}\n",
            "f:6:1: the key 'lables' is not known here; did you mean 'labels'?",
            id="unknown key",
        ),
        pytest.param(
            SOUND + "zzz: 1\n",
            "f:6:1: the key 'zzz' is not known here; known here are agents, baseline, cotool, "
            "defaults, description, gates, inputs, labels, limits, matrix, metrics, mutations, "
            "name, options, overlap, personas, report, retry, schedule, tags, test_sets, "
            "version, waive",
            id="strange key",
        ),
        pytest.param(
            SOUND + "name: other\n",
            "f:6:1: the key 'name' stands here twice: first on line 2",
            id="duplicate key",
        ),
        pytest.param(
            SOUND + "tags: nightly\n",
            "f:6:7: expected a list, found 'nightly'; write [nightly]",
            id="text for a list",
        ),
        pytest.param(
            SOUND + "labels: [a]\n",
            "f:6:1: expected a mapping of keys and values, found a list",
            id="list for a mapping",
        ),
        pytest.param(
            SOUND + "options: 3\n",
            "f:6:10: expected a mapping of keys and values, found '3'",
            id="text for a mapping",
        ),
        pytest.param(
            SOUND + "options:\n  iteratons: 3\n",
            "f:7:3: the key 'iteratons' is not known here; did you mean 'iterations'?",
            id="unknown key within",
        ),
        pytest.param(
            SOUND + "options: {iterations: three}\n",
            "f:6:23: expected a whole number from 1 to 50, found 'three'",
            id="word for a number",
        ),
        pytest.param(
            SOUND + "overlap: qeue\n",
            "f:6:10: expected skip or queue, found 'qeue'; did you mean 'queue'?",
            id="unknown choice",
        ),
        pytest.param(
            SOUND + "limits:\n  timeout:\n",
            "f:7:3: 'timeout' has no value; write one, or remove it",
            id="no value",
        ),
        pytest.param(
            SOUND + "tags:\n  - a\n  -\n",
            "f:8:4: this entry of the list has no value; write one, or remove it",
            id="no value in a list",
        ),
        pytest.param(
            SOUND + "matrix: {include: [{personas: impatient}]}\n",
            "f:6:31: expected all, or a list; found 'impatient': write [impatient]",
            id="name for a list",
        ),
        pytest.param(
            SOUND + "matrix: {include: [{personas: [impatiant]}]}\n",
            "f:6:32: the persona 'impatiant' is not declared; did you mean 'impatient'?",
            id="undeclared name",
        ),
        pytest.param(
            SOUND + "matrix: {exclude: [{personas: all}]}\n",
            "f:6:1: the matrix is empty: no agent, persona and test set remain to run; "
            "declare personas and test sets, or exclude less",
            id="empty matrix",
        ),
        pytest.param(
            SOUND + "matrix:\n  include:\n    - {}\n    - {personas: [impatient]}\n",
            "f:9:7: the cell checkout/impatient/basics is already asked for by matrix.include[0]; "
            "exclude it, or narrow one of the two entries",
            id="cell twice",
        ),
        pytest.param(
            SOUND + "mutations: {m: {all: 01ARZ3NDEKTSV4RRFFQ69G5FAV}}\n",
            "f:6:17: 'all' is reserved: choose another name",
            id="reserved name",
        ),
        pytest.param(
            SOUND + "test_sets2: {}\n",
            "f:6:1: the key 'test_sets2' is not known here; did you mean 'test_sets'?",
            id="misspelt section",
        ),
        pytest.param(
            SOUND + "schedule: [{timezone: UTC}]\n",
            "f:6:12: 'cron' is missing here",
            id="missing key in a list",
        ),
        pytest.param(HEAD, "f:1:1: 'agents' is missing here", id="missing section"),
        pytest.param(
            HEAD + "agents: {}\n", "f:3:1: expected at least 1 entry here", id="empty section"
        ),
        pytest.param(
            SOUND + "metrics: {m: nope}\n",
            "f:6:14: 'nope' is not a Coval metric id: 22 letters and digits",
            id="metric id",
        ),
    ],
)
def test_each_mistake_is_one_line_with_place_and_hint(text: str, told: str) -> None:
    assert mistakes_of(text)[0] == told


@pytest.mark.parametrize(
    ("gates", "place", "word"),
    [
        pytest.param("[{pass_rate: resolvd, at_least: 90%}]", "f:7:21", "resolvd", id="metric"),
        pytest.param("[{pass_rate: resolved, at_leest: 90%}]", "f:7:31", "at_leest", id="key"),
        pytest.param("[{pass_rat: resolved, at_least: 90%}]", "f:7:10", "pass_rat", id="kind"),
        pytest.param("[{at_least: 90%}]", "f:7:9", "names one kind", id="no kind"),
        pytest.param("[{pass_rate: resolved}]", "f:7:9", "at_least", id="no threshold"),
        pytest.param("[{pass_rate: resolved, at_least: 9}]", "f:7:41", "'9'", id="threshold"),
        pytest.param(
            "[{any: [{max: x, at_most: 1}, {min: reslved, at_most: 1}]}]",
            "f:7:44",
            "reslved",
            id="inner",
        ),
        pytest.param(
            "[{pass_rate: resolved, at_least: 1%, where: {personas: [x]}}]",
            "f:7:64",
            "'x'",
            id="where",
        ),
    ],
)
def test_mistakes_of_gates_are_told_where_they_stand(gates: str, place: str, word: str) -> None:
    told = mistakes_of(f"{SOUND}{METRICS}gates: {gates}\n")
    assert any(line.startswith(f"{place}: ") and word in line for line in told)
