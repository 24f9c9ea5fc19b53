#!/bin/sh
# Find any interpreter that can run setup.py; setup.py then finds, or fetches, the Python 3.10 that Frontdesk needs.
set -eu
here=$(dirname "$0")
for candidate in python3 python3.10 python; do
    # Really run it: a pyenv shim exists even where its Python does not.
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 6))' >/dev/null 2>&1; then
        exec "$candidate" "$here/setup.py" "$@"
    fi
done
if command -v uv >/dev/null 2>&1; then
    exec uv run --quiet --no-project --python 3.10 "$here/setup.py" "$@"
fi
echo "Frontdesk needs Python 3.10, and there is no Python here at all." >&2
echo "Install Python 3.10 (or uv, which fetches it: https://docs.astral.sh/uv/), then run the same command again." >&2
exit 1
