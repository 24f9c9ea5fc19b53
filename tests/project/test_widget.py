"""The widget's committed build and its guide, as far as they can be checked without Node and a browser."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIST = ROOT / "widget" / "dist"
GUIDE = (ROOT / "docs/how-to/embed.md").read_text(encoding="utf-8")
# Text run as code, and hosts other than the namespaces that lit-html names.
FORBIDDEN = re.compile(r"\beval\(|new Function|document\.write|https?://(?!www\.w3\.org)\w")
SOURCE = (ROOT / "widget/src/element.ts").read_text(encoding="utf-8")


def test_what_every_visitor_loads_is_small() -> None:
    assert len(gzip.compress((DIST / "frontdesk-chat.js").read_bytes(), 9)) <= 15 * 1024


def test_the_build_says_what_it_is_made_from_and_runs_no_text_as_code() -> None:
    for file in DIST.iterdir():
        text = file.read_text(encoding="utf-8")
        assert text.startswith("// generated from widget/src"), file
        assert not FORBIDDEN.search(text), file


def test_the_guide_names_every_attribute_method_and_event_and_no_others() -> None:
    read = set(re.findall(r'(?:get|has)Attribute\("([a-z-]+)"\)', SOURCE))
    observed = re.search(r"observedAttributes = (\[.*\])", SOURCE)
    assert observed
    read |= set(re.findall(r'"([a-z-]+)"', observed[1])) | {"position"}  # position: only the style sheet reads it
    assert set(re.findall(r"^\| `([a-z-]+)` \|", GUIDE, re.MULTILINE)) == read
    methods = set(re.findall(r"^  (\w+)\(.*\): .+ \{$", SOURCE, re.MULTILINE))
    own = {name for name in methods if not name.endswith("Callback")}
    assert set(re.findall(r"\bchat\.(\w+)\(", GUIDE)) == own
    events = re.search(r"type FrontdeskEvent = (.*);", SOURCE)
    assert events
    assert all(f"`{name}`" in GUIDE for name in re.findall(r'"(\w+)"', events[1]))


def test_the_guide_names_the_properties_that_the_style_sheet_reads() -> None:
    styles = (ROOT / "widget/src/styles.css").read_text(encoding="utf-8")
    assert set(re.findall(r"--frontdesk-[a-z-]+", GUIDE)) == set(re.findall(r"--frontdesk-[a-z-]+", styles))
