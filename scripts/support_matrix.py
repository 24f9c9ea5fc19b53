"""Write docs/reference/systems.md from the adapters' manifests: python -m scripts.support_matrix."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.connections.manifest import Manifest, manifest_of
from bridge.registry import ADAPTERS, adapter_class
from bridge.resilience.operations import operations_of
from scripts.console import ROOT

PAGE = ROOT / "docs" / "reference" / "systems.md"
HEAD = """<!-- Generated from the manifests of bridge/adapters by `python -m scripts.support_matrix`. -->
# Systems

What Frontdesk can do with which system. What a system cannot do, the conversation answers with the next best thing.
`embedded` is our own database, which needs no account. A new one: [adding an adapter](../how-to/add-an-adapter.md).
"""


def page() -> str:
    """Return the page."""
    domains = sorted({domain for domain, _ in ADAPTERS})
    return "\n".join([HEAD, *(line for domain in domains for line in _domain(domain)), *_connections()]) + "\n"


def _domain(domain: str) -> Iterator[str]:
    systems = sorted(name for its, name in ADAPTERS if its == domain)
    yield f"## {domain.capitalize()}\n"
    yield f"| operation | {' | '.join(systems)} |"
    yield f"|---|{'---|' * len(systems)}"
    can = {name: _capabilities(domain, name) for name in systems}
    for operation in operations_of(domain):
        cells = ("yes" if operation in can[name] else "no" for name in systems)
        yield f"| `{operation}` | {' | '.join(cells)} |"
    for name in systems:
        notes = {} if name == "embedded" else manifest_of(name).domains[domain].notes
        for operation, note in notes.items():
            yield f"\n{name}, `{operation}`: {note}"
    yield ""


def _capabilities(domain: str, name: str) -> frozenset[str]:
    if name == "embedded":
        found: frozenset[str] = adapter_class(domain, name).capabilities
        return found
    return frozenset(manifest_of(name).domains[domain].operations)


def _connections() -> Iterator[str]:
    yield "## How they are reached\n"
    yield "| system | API | ways to authenticate | least scopes | tells of changes by itself |"
    yield "|---|---|---|---|---|"
    for name in sorted({name for _, name in ADAPTERS} - {"embedded"}):
        manifest = manifest_of(name)
        scopes = ", ".join(f"`{scope}`" for scope in manifest.scopes(set(manifest.domains))) or "none"
        api = f"[{manifest.title}, {manifest.api}]({manifest.documentation})"
        yield f"| `{name}` | {api} | {_ways(manifest)} | {scopes} | {'yes' if manifest.webhook else 'no'} |"


def _ways(manifest: Manifest) -> str:
    return ", ".join(f"`{name}`{' (legacy)' if way.legacy else ''}" for name, way in manifest.auth.items())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
