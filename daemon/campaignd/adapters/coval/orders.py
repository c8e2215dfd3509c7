"""The body of `POST /runs`."""

from campaignd.core.coval import LaunchOrder, RunOptions

CREATED_BY = "campaignd"
LONGEST_NAME = 200


def launch_body(order: LaunchOrder) -> dict[str, object]:
    body: dict[str, object] = {
        "agent_id": order.agent_id,
        "persona_id": order.persona_id,
        "test_set_id": order.test_set_id,
        "options": _options(order.options),
        "metadata": _metadata(order),
    }
    # An absent list means the agent's own metrics; an empty one is not documented.
    if order.metric_ids:
        body["metric_ids"] = list(order.metric_ids)
    if order.mutation_ids:
        body["mutation_ids"] = list(order.mutation_ids)
    return body


def _options(options: RunOptions) -> dict[str, object]:
    body: dict[str, object] = {
        "iteration_count": options.iterations,
        "concurrency": options.concurrency,
    }
    if options.sample_size:
        body["sub_sample_size"] = options.sample_size
    if options.sample_size and options.sample_seed is not None:
        body["sub_sample_seed"] = options.sample_seed
    if options.test_case_ids:
        body["test_case_ids"] = list(options.test_case_ids)
    return body


def _metadata(order: LaunchOrder) -> dict[str, object]:
    return {
        "display_name": _display_name(order),
        "created_by": CREATED_BY,
        "tags": list(order.tags),
        "customer": {"launch_key": order.launch_key, "source": CREATED_BY},
    }


def _display_name(order: LaunchOrder) -> str:
    """At most 200 characters, cut so that a launch key at the end stays there."""
    name = order.display_name
    if len(name) <= LONGEST_NAME:
        return name
    tail = f"… {order.launch_key}" if name.endswith(order.launch_key) else "…"
    return name[: LONGEST_NAME - len(tail)] + tail
