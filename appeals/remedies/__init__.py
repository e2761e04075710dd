"""What an offer can grant: each remedy as a value, and packages of them.

A package is plain data that says everything in full: amounts, bills, dates. So its text can be
read and signed without the book at hand, and its hash names exactly what was agreed.
"""

from appeals.remedies.carry_out import NotCarriedOut, carry_out
from appeals.remedies.compose import NotComposed, compose
from appeals.remedies.package import NoPackage, Package
from appeals.remedies.preview import Preview, preview, rehearse

__all__ = [
    "NoPackage",
    "NotCarriedOut",
    "NotComposed",
    "Package",
    "Preview",
    "carry_out",
    "compose",
    "preview",
    "rehearse",
]
