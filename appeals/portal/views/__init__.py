"""The pages: each translates a request, asks `book` or calls one act, and shows a template."""
