"""Charges without the payer: `mitPayment` and `subscriptionPayment` (sections 4.6, 4.7 and 9)."""
