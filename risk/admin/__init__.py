"""The desk of the credit status: customers with their reasons, and the rows behind them."""

from risk.admin import customers, ledgers, policies

__all__ = ["customers", "ledgers", "policies"]
