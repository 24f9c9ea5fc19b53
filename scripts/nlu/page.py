"""Draw the report: one page of HTML with its plots inside, which opens without network or server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape

from scripts.nlu import scores
from scripts.nlu.scores import Answer, Score
from scripts.nlu.understand import Setup

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .15rem .8rem; text-align: left; }
tr:nth-child(even) { background: #f4f4f6; } td.n { text-align: right; font-variant-numeric: tabular-nums; }
.bar { background: #2f6fb0; height: .7rem; } .low { background: #c0392b; } svg text { font-size: 11px; }
"""
_WIDE, _HIGH = 640, 260
_WEAK = 0.8


def whole(sections: Sequence[str]) -> str:
    """Return the whole page."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Understanding</title><style>{_STYLE}</style>'
        f"<h1>What is understood</h1>{''.join(sections)}</html>\n"
    )


def figures_only(name: str, figures: Mapping[str, str]) -> str:
    """Return one measurement without its sentences, so that nobody tunes on them."""
    return f"<h2>{escape(name)}</h2>{_figures(figures)}"


def section(name: str, found: Sequence[Answer], figures: Mapping[str, str], setup: Setup) -> str:
    """Return one measurement: its figures, its intents, its curve, and every sentence that went wrong."""
    by_intent = scores.by_intent([(answer.intent, answer.said) for answer in found])
    return (
        f"<h2>{escape(name)}</h2>{_figures(figures)}"
        f"<h3>Share answered and share right, by threshold</h3>{_plot(scores.curve(found, setup.ambiguity), setup)}"
        f"<h3>Intents, the weakest first</h3>{_table(by_intent)}"
        f"<h3>What was taken for what</h3>{_confusions(found, setup)}"
    )


def entities(named: Sequence[Score]) -> str:
    """Return how the entities do."""
    return f"<h2>Entities</h2>{_table(named)}"


def _figures(figures: Mapping[str, str]) -> str:
    rows = "".join(f"<tr><th>{escape(key)}<td class=n>{escape(value)}" for key, value in figures.items())
    return f"<table>{rows}</table>"


def _table(rows: Sequence[Score]) -> str:
    lines = [
        f"<tr><td>{escape(row.intent)}<td class=n>{row.lines}<td class=n>{row.precision:.2f}"
        f"<td class=n>{row.recall:.2f}<td class=n>{row.f1:.2f}"
        f'<td><div class="bar{" low" * (row.f1 < _WEAK)}" style="width:{row.f1 * 120:.0f}px"></div>'
        for row in sorted(rows, key=lambda row: row.f1)
    ]
    return f"<table><tr><th>name<th>lines<th>precision<th>recall<th>F1<th>{''.join(lines)}</table>"


def _confusions(found: Sequence[Answer], setup: Setup) -> str:
    mixed: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    for answer in found:
        if answer.said != answer.intent:
            mixed[answer.intent, answer.said].append(answer)
    rows = []
    for (intent, said), wrong in sorted(mixed.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        rows.append(f"<tr><th colspan=4>{escape(intent)} taken for {escape(said)}: {len(wrong)}")
        for answer in sorted(wrong, key=lambda answer: -answer.confidence):
            asked = answer.with_fallback(setup.threshold, setup.ambiguity) == scores.FALLBACK
            rows.append(
                f"<tr><td>{escape(answer.text)}<td class=n>{answer.confidence:.2f}<td class=n>{answer.nearest:.2f}"
                f"<td>{'asked to rephrase' if asked else ''}"
            )
    return f"<table><tr><th>sentence<th>confidence<th>nearest<th>{''.join(rows)}</table>"


def _plot(points: Sequence[tuple[float, float, float]], setup: Setup) -> str:
    def line(at: int, colour: str) -> str:
        dots = " ".join(f"{40 + point[0] * _WIDE:.0f},{10 + (1 - point[at]) * _HIGH:.0f}" for point in points)
        return f'<polyline points="{dots}" fill="none" stroke="{colour}" stroke-width="2"/>'

    grid = "".join(
        f'<line x1="40" x2="{40 + _WIDE}" y1="{10 + _HIGH * tenth / 10:.0f}" y2="{10 + _HIGH * tenth / 10:.0f}" '
        f'stroke="#ddd"/><text x="0" y="{14 + _HIGH * tenth / 10:.0f}">{100 - tenth * 10} %</text>'
        for tenth in range(0, 11, 2)
    )
    ticks = "".join(f'<text x="{36 + _WIDE * at / 10:.0f}" y="{_HIGH + 28}">{at / 10}</text>' for at in range(0, 11, 2))
    now = 40 + setup.threshold * _WIDE
    return (
        f'<svg width="{_WIDE + 60}" height="{_HIGH + 40}" role="img" aria-label="answered and right">'
        f'{grid}{ticks}<line x1="{now}" x2="{now}" y1="10" y2="{10 + _HIGH}" stroke="#888" stroke-dasharray="4"/>'
        f'{line(1, "#2f6fb0")}{line(2, "#2e8b57")}<text x="{_WIDE - 130}" y="{_HIGH}" fill="#2f6fb0">answered</text>'
        f'<text x="{_WIDE - 60}" y="{_HIGH}" fill="#2e8b57">right of those</text></svg>'
    )
