"""Tell how a run ended, and for each thing that is wrong what the conversation and the logs say around it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.chaos.judge import CREATED, Finding, only_apologies
from tests.chaos.play import Result
from tests.chaos.words import recognise

SHOWN = 10
"""Findings told in full."""
LOG_LINES = 40


def table(result: Result) -> str:
    """Return the verdict as a table."""
    evidence, ledger = result.evidence, result.ledger
    records = Counter(record.kind for record in evidence.records)
    told = Counter(
        CREATED.get(recognise(event["body"]["text"]).response, "")
        for event in evidence.events
        if event["type"] == "bot"
    )
    rows = [
        ("seconds", f"{result.seconds:.0f}"),
        ("conversations", len(evidence.conversations)),
        ("messages acknowledged", len(ledger.acknowledged)),
        ("  of these answered by an apology only", only_apologies(evidence)),
        ("requests repeated because nobody answered", ledger.repeats),
        ("writes promised", f"{ledger.promised} of {result.plan.writes}"),
        *((f"  {kind}s made / told", f"{records[kind]} / {told[kind]}") for kind in ("ticket", "comment", "lead")),
        ("  of these through the outbox", len(evidence.outbox)),
        ("killed", ", ".join(f"{name} {count}" for name, count in result.killed.items())),
        *sorted(Counter(finding.rule for finding in result.findings).items()),
    ]
    verdict = "nothing lost, nothing doubled, nobody without an answer"
    if result.findings:
        verdict = f"FAILED: {len(result.findings)} findings"
    width = max(len(name) for name, _ in rows)
    return "\n".join([*(f"{name:<{width}}  {value}" for name, value in rows), verdict])


def details(result: Result, logs: Path) -> str:
    """Return each finding with its conversation and the lines of the logs that name it."""
    parts = [_detail(result, finding, logs) for finding in result.findings[:SHOWN]]
    if len(result.findings) > SHOWN:
        parts.append(f"and {len(result.findings) - SHOWN} more")
    return "\n\n".join(parts)


def _detail(result: Result, finding: Finding, logs: Path) -> str:
    lines = [f"--- {finding.rule}: {finding.what} (seed {result.plan.seed}, conversation {finding.conversation})"]
    for event in result.evidence.events:
        if event["conversation_id"] == finding.conversation:
            said = str(event["body"].get("text", event["body"]))[:150]
            lines.append(f"{event['at']:%H:%M:%S.%f} {event['seq']:>3} {event['type']:<6} {event['inbox_id']} {said}")
    for row in result.evidence.drafts + result.evidence.outbox + result.evidence.jobs:
        if row["conversation_id"] == finding.conversation:
            lines.append(str({name: str(value)[:80] for name, value in row.items() if name != "content"}))
    return "\n".join([*lines, *_logged(finding.conversation, logs)])


def _logged(conversation: str, logs: Path) -> list[str]:
    if not conversation:
        return []
    found = [
        f"{path.stem}: {line[:300]}"
        for path in sorted(logs.glob("*.log"))
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if conversation in line
    ]
    return found[-LOG_LINES:]
