"""The desk of money in: channels, their files, breaks, suspense, days, and the journal."""

from billing.admin.channels import breaks, channels, files, ledger, payments

__all__ = ["breaks", "channels", "files", "ledger", "payments"]
