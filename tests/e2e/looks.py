"""Compare how the widget's states look with the pictures kept in tests/e2e/looks/.

Renew them, after looking at each difference: `make looks`. They are drawn in Liberation Sans and DejaVu Sans, which the
build machine installs; what another version of the browser smooths differently stays below what is told.
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

FOLDER = Path(__file__).parent / "looks"
# How far a colour may be off, of 255, before a pixel counts as another; and what share of them is told, and fails.
NOTICEABLE = 10
TOLD, FAILS = 0.001, 0.01


def picture(shot: bytes) -> Image.Image:
    """Read a screenshot, with as few colours as are kept."""
    return Image.open(io.BytesIO(shot)).convert("RGB")


def save(image: Image.Image, path: Path) -> None:
    """Keep a picture, small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def differing(one: Image.Image, other: Image.Image) -> tuple[float, Image.Image]:
    """Return the share of pixels that differ, and a picture of them in red over the first."""
    if one.size != other.size:
        return 1.0, one
    # Blurred by a pixel: the edges of letters fall differently from one machine to the next.
    near, far = (image.filter(ImageFilter.BoxBlur(1)) for image in (one, other))
    strongest = _strongest(ImageChops.difference(near, far))
    mask = strongest.point(lambda value: 255 if value > NOTICEABLE else 0)
    share = mask.histogram()[255] / (one.width * one.height)
    marked = Image.blend(one, Image.new("RGB", one.size, "white"), 0.6)
    marked.paste("red", mask=mask)
    return share, marked


def _strongest(difference: Image.Image) -> Image.Image:
    red, green, blue = difference.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)
