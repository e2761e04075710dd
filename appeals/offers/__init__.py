"""Offers in an appeal, from both sides, until one is accepted, approved and carried out."""
