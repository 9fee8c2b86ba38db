"""Telling merchants what happened: which addresses we call, how we call them, and when we try again."""
