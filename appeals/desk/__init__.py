"""The desk's pages of appeals: the queue, the case, what is done on it, the figures."""
