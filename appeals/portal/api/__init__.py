"""The customer's side for programs: `/api/v1/me/…`, the same answers as the pages."""
