"""Write the files of a new adapter; its contract then says what is left to do.

Usage: python scripts/new_adapter.py VENDOR DOMAIN     (such as: python scripts/new_adapter.py acme helpdesk)
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bridge.resilience.operations import operations_of  # noqa: E402  # needs the path above

TEMPLATES = Path(__file__).with_name("templates")
_REGISTERED = '    ("{domain}", "{vendor}"): "bridge.adapters.{vendor}.{domain}:{Vendor}{Domain}",\n'
_SIMULATED = '    "{vendor}": "simulators.{vendor}:{Vendor}",\n'
DOMAINS = sorted(path.stem for path in (ROOT / "bridge" / "ports").glob("[a-z]*.py"))


def main(arguments: list[str]) -> int:
    """Write everything, or nothing."""
    if len(arguments) != 2 or not re.fullmatch(r"[a-z][a-z0-9_]*", arguments[0]) or arguments[1] not in DOMAINS:
        print(__doc__, file=sys.stderr)
        print(f"VENDOR is a word in small letters, DOMAIN one of: {', '.join(DOMAINS)}", file=sys.stderr)
        return 2
    vendor, domain = arguments
    words = {
        "vendor": vendor,
        "Vendor": vendor.title().replace("_", ""),
        "VENDOR": vendor.upper(),
        "domain": domain,
        "Domain": domain.capitalize(),
        "operations": "\n".join(f"      {name}: []" for name in operations_of(domain)),
    }
    places = {path: ROOT / _filled(str(path.relative_to(TEMPLATES)), words) for path in TEMPLATES.rglob("*.txt")}
    files = {place.with_suffix(""): _filled(path.read_text(), words) for path, place in places.items()}
    if there := [path for path in files if path.exists()]:
        print(f"{there[0].relative_to(ROOT)} is there already; nothing was written", file=sys.stderr)
        return 1
    for path, text in sorted(files.items()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
    _insert("bridge/registry.py", _REGISTERED, words)
    _insert("simulators/catalog.py", _SIMULATED, words)
    print(f"Now: .venv/bin/python -m pytest tests/adapters/{vendor}")
    return 0


def _insert(name: str, line: str, words: dict[str, str]) -> None:
    path = ROOT / name
    head, bracket, tail = path.read_text().partition("}\n")  # the end of its table
    path.write_text(head + _filled(line, words) + bracket + tail)
    print(f"changed {name}")


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
