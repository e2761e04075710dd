"""What an appeal is about, as an address carries it: signed for one customer, so that no inner id
is to be read in it and none can be made up."""

from django.core import signing

_SALT = "appeals.portal.about"


def ref(customer_id: int, kind: str, id: int) -> str:
    return signing.Signer(salt=_SALT).sign_object([customer_id, kind, id])


def unref(customer_id: int, text: str) -> tuple[str, int] | None:
    """Kind and id; None for what is forged or somebody else's."""
    try:
        owner, kind, id = signing.Signer(salt=_SALT).unsign_object(text)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (str(kind), int(id)) if owner == customer_id else None
