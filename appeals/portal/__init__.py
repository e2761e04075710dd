"""The customer's side: the pages under `/my/` and the API under `/api/v1/me/`.

It stands in the highest room because its pages show all of them. `book` reads what pages and API
both say; `views` are the pages, `api` the API. Every question starts from the customer who is
signed in: no address carries a row's inner id, and none finds a row of somebody else.
"""
