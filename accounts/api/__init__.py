"""What every API of the product shares: errors, tokens, pages, throttles, its description.

`views.ApiView` puts them together; an API of a room above names who comes in (`authentication`)
and whose rows they see.
"""
