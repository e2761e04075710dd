"""What the rooms' admins share: lists that stay fast on a million rows, records that nobody edits.

Nothing is imported here: the template tags need `formats` before the admin is there.
"""
