"""What may be handed in as evidence, and what becomes of it before it is stored.

An image is drawn anew by us, in one frame and without metadata, so that nothing but its pixels
survives. A PDF cannot be made harmless here: one with active content, or with anything before or
after it, is refused, and it is only ever handed out as a download. The type is that of the bytes;
neither the name nor the sender's word for it counts.
"""

import io
import re
import unicodedata
import warnings
from dataclasses import dataclass

import puremagic
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.acts import Refused

#: More pixels than any camera that a customer has; a bomb has more.
MOST_PIXELS = 50_000_000
#: The longer side of what is stored.
LONGEST_SIDE = 4000
#: The largest file that is looked at, whatever the figures of the day allow.
MOST_BYTES = 50 * 2**20

_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/jpeg"}
_SNIFFED = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_NAME = re.compile(r"[^\w .()（）\-]+")
#: What makes a PDF do something, or carry something: as a name of its own, not part of another.
_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|OpenAction|AA|SubmitForm|ImportData|XFA)"
    rb"(?![A-Za-z])"
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


class FileRefused(Refused):
    """The file is not taken; the message says why, and what would be."""


@dataclass(frozen=True)
class Cleaned:
    """A file as it is stored; `name` is for people to read."""

    name: str
    content_type: str
    data: bytes


def clean(name: str, data: bytes, *, megabytes: int) -> Cleaned:
    """Check a file and make it safe to keep. Raises FileRefused."""
    if not data:
        raise FileRefused(_("The file is empty."))
    if len(data) > min(megabytes * 2**20, MOST_BYTES):
        raise FileRefused(_("The file is larger than %(n)s MB.") % {"n": megabytes})
    kind = _sniffed(data)
    if kind == "application/pdf":
        return Cleaned(readable(name, "pdf"), kind, _pdf(data))
    if kind in _SNIFFED:
        drawn, drawn_as = _image(data, _SNIFFED[kind])
        extension = "png" if drawn_as == "image/png" else "jpg"
        return Cleaned(readable(name, extension), drawn_as, drawn)
    raise FileRefused(_("Only photos (JPEG, PNG, WebP) and PDF files are taken."))


def readable(name: str, extension: str) -> str:
    """A name that is nothing but a name: no folder, no control or direction mark, our ending."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(
        c for c in unicodedata.normalize("NFC", base) if unicodedata.category(c)[0] != "C"
    )
    stem = _NAME.sub(" ", base.rsplit(".", 1)[0]).replace("..", ".").strip(" .")
    return f"{stem[:80].strip() or 'file'}.{extension}"


def _sniffed(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        return str(puremagic.from_string(data, mime=True))
    except (puremagic.PureError, ValueError):
        return ""


def _image(data: bytes, format: str) -> tuple[bytes, str]:
    """The pixels, drawn anew."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[format]) as image:
                if image.width * image.height > MOST_PIXELS or 0 in image.size:
                    raise FileRefused(_("The picture is too large: take a smaller one."))
                image.load()
                upright = ImageOps.exif_transpose(image)
                clear = "A" in upright.getbands() or "transparency" in upright.info
                bare = upright.convert("RGBA" if clear and format == "PNG" else "RGB")
    except FileRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise FileRefused(_("The picture is too large: take a smaller one.")) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise FileRefused(_("The picture cannot be read: it may be damaged.")) from error
    bare.info.clear()
    bare.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    drawn = io.BytesIO()
    if _IMAGES[format] == "image/png":
        bare.save(drawn, "PNG", optimize=False)
    else:
        bare.save(drawn, "JPEG", quality=88)
    return drawn.getvalue(), _IMAGES[format]


def _pdf(data: bytes) -> bytes:
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :].strip(b"\r\n \t\0"):
        raise FileRefused(_("The PDF is damaged, or something else is hidden in it."))
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)
    if _ACTIVE.search(plain):
        raise FileRefused(
            _("The PDF does more than show pages (scripts, forms or attachments): print it anew, "
              "or send a photo.")
        )  # fmt: skip
    if b"/Encrypt" in plain:
        raise FileRefused(_("The PDF is locked with a password: send it without."))
    return data
