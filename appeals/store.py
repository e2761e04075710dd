"""The private store of evidence: random names, encrypted, outside of everything that is served."""

import secrets

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

from accounts import crypto


def store() -> Storage:
    """A folder of MEDIA_ROOT, which no address leads to."""
    return FileSystemStorage(
        location=settings.MEDIA_ROOT / "evidence",
        base_url=None,
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def put(data: bytes) -> str:
    """Store bytes; the name under which they are found."""
    random = secrets.token_hex(20)
    return store().save(f"{random[:2]}/{random}", ContentFile(crypto.seal(data)))


def get(name: str) -> bytes:
    """The bytes; FileNotFoundError if they are gone."""
    with store().open(name, "rb") as file:
        return crypto.unseal(file.read())


def remove(name: str) -> None:
    """Nothing happens where there is none."""
    store().delete(name)
