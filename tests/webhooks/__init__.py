"""Tests of the webhooks: addresses, sending, delivery."""
