"""The two clocks of an appeal.

The legal one (`legal.py`) counts calendar days from receipt and never rests. The service one
(`service.py`) counts hours of a working calendar and rests while the customer has to answer. Both
are pure: they are given the moment, the zone and the figures.
"""
