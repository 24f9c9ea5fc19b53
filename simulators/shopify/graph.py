"""Answer GraphQL: read a query against the schema, count what it costs, and resolve it from plain records."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    get_named_type,
    parse,
    validate,
)
from graphql.language import (
    DocumentNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    SelectionSetNode,
    VariableNode,
)

from simulators.seed import Fields

Info = GraphQLResolveInfo[Any]
PAGE = 250
"""The most of a list that one query may ask for."""
MUTATION_COST = 10


def load_schema() -> GraphQLSchema:
    """Return the schema; enums let words through that it does not know, as those of a newer shop would be."""
    schema = build_schema(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLEnumType) and not kind.name.startswith("__"):
            kind.coerce_output_value = lambda value: value  # type: ignore[method-assign, assignment]  # its door
    return schema


def read(schema: GraphQLSchema, query: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """Return a document that the schema allows, or what is wrong with it."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return None, [error]
    problems = validate(schema, document)
    return (None, problems) if problems else (document, [])


def resolved(schema: GraphQLSchema, document: DocumentNode, root: Any, variables: Fields) -> ExecutionResult:
    """Return what a document gets."""
    return execute_sync(schema, document, root_value=root, variable_values=variables, field_resolver=_resolve)


def _resolve(source: Any, info: Info, **arguments: Any) -> Any:
    """Return a field: an attribute of the root, else of a record; lists become pages where the schema says so."""
    name = info.field_name
    value = source.get(name) if isinstance(source, Mapping) else getattr(source, name)
    if callable(value):
        value = value(info, **arguments)
    if get_named_type(info.return_type).name.endswith("Connection") and isinstance(value, list):
        return _page(value, arguments.get("first"), arguments.get("after"))
    if isinstance(value, list) and arguments.get("first") is not None:
        return value[: arguments["first"]]
    return value


def _page(records: list[Any], first: int | None, after: str | None) -> Fields:
    if first is None:
        raise GraphQLError("you must provide one of first or last")
    if first > PAGE:
        raise GraphQLError(f"first cannot exceed {PAGE}")
    start = int(after) if after and after.isdecimal() else 0
    end = start + first
    return {
        "nodes": records[start:end],
        "pageInfo": {"hasNextPage": end < len(records), "endCursor": str(min(end, len(records))) if records else None},
    }


def cost(document: DocumentNode, variables: Fields) -> int:
    """Return what a document may cost: ten for a mutation, and for a list as much as it may bring."""
    operation = next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    base = MUTATION_COST if operation.operation is OperationType.MUTATION else 0
    return base + _cost(operation.selection_set, variables)


def used(data: Any) -> int:
    """Return what an answer did cost: one for each object in it."""
    if isinstance(data, list):
        return sum(used(one) for one in data)
    return 1 + sum(used(one) for one in data.values()) if isinstance(data, dict) else 0


def _cost(selections: SelectionSetNode, variables: Fields) -> int:
    total = 0
    for one in selections.selections:
        if isinstance(one, FragmentSpreadNode):
            continue
        if isinstance(one, InlineFragmentNode):
            total += _cost(one.selection_set, variables)
        elif isinstance(one, FieldNode) and one.selection_set is not None:
            inside = _cost(one.selection_set, variables)
            first = _first(one, variables)
            # Shopify does not tell its sum. Here a list is 2, and 1 for each record that it may bring.
            within = one.name.value in ("nodes", "pageInfo")
            total += inside if within else 1 + inside if first is None else 2 + first * (1 + inside)
    return total


def _first(field: FieldNode, variables: Fields) -> int | None:
    for argument in field.arguments or ():
        if argument.name.value == "first":
            if isinstance(argument.value, IntValueNode):
                return int(argument.value.value)
            if isinstance(argument.value, VariableNode):
                return int(variables.get(argument.value.name.value, PAGE))
    return None
