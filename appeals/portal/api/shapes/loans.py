"""Loans, and repaying one early."""

from rest_framework import serializers

from billing.api import AmountField, Shape


class QuoteAsked(Shape):
    loan = serializers.CharField(max_length=80)
    amount = AmountField(required=False, help_text="Of principal; all of it if left out.")


class SettleShape(QuoteAsked):
    total = AmountField(help_text="That of the quote.")


class QuoteShape(Shape):
    loan = serializers.CharField(source="draw")
    principal = AmountField(source="figures.principal")
    interest = AmountField(source="figures.interest", help_text="Up to today.")
    given_back = AmountField(source="figures.given_back", help_text="It was billed ahead.")
    credited = AmountField(source="figures.credited", help_text="By your credit balance.")
    other_bills = AmountField(source="figures.other_bills", help_text="Paid with it, fees too.")
    fees = AmountField(source="figures.fees", help_text="Late fees within the total.")
    total = AmountField(source="figures.total", help_text="What to pay today.")
    left = AmountField(source="figures.left_principal", help_text="Not billed yet afterwards.")
    interest_saved = serializers.DecimalField(max_digits=14, decimal_places=2)
    valid_until = serializers.DateField(help_text="Until this business day ends.")
