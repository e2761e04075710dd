"""The desk of the credit status: customers with their reasons, and the rows behind them."""

from risk.admin import approvals, bulk, customers, ledgers, policies

__all__ = ["approvals", "bulk", "customers", "ledgers", "policies"]
