"""The desk of the credit status: customers with their reasons, and the rows behind them."""

from risk.admin import approvals, authorizations, customers, ledgers, policies

__all__ = ["approvals", "authorizations", "customers", "ledgers", "policies"]
