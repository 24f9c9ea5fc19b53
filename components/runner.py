"""Run a loaded model's graph node by node."""

from __future__ import annotations

from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage


class DirectGraphRunner(GraphRunner):
    """Give what Rasa's dask runner gives, but find the order of the nodes once, not at every run.

    A message needs three runs or more, of a dozen small nodes each; planning them and formatting a debug line of all
    that goes in, printed or not, costs as much as half of the understanding (docs/reference/performance.md).
    """

    def __init__(
        self,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> None:
        self._schema = graph_schema
        self._nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        self._orders: dict[tuple[str, ...], list[str]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> DirectGraphRunner:
        """Return a runner with all nodes of the graph made."""
        return cls(graph_schema, model_storage, execution_context, hooks)

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Return what each target node makes of the inputs.

        Raises:
            GraphRunError: a node failed.
        """
        wanted = tuple(targets or self._schema.target_names)
        made: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        if wanted not in self._orders:
            self._orders[wanted] = self._order(wanted)
        try:
            for name in self._orders[wanted]:
                if name not in made:
                    needs = self._schema.nodes[name].needs.values()
                    made[name] = self._nodes[name](*(made.get(need, need) for need in needs))
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return dict(made[name] for name in wanted)

    def _order(self, targets: tuple[str, ...]) -> list[str]:
        """Return the nodes that these need, each behind what it needs itself."""
        order: dict[str, None] = {}

        def add(name: str) -> None:
            if name in self._schema.nodes and name not in order:
                for need in self._schema.nodes[name].needs.values():
                    add(need)
                order[name] = None

        for target in targets:
            add(target)
        return list(order)
