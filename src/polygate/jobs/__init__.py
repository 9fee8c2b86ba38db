"""The background loops: they send what is planned, ask about what is in doubt, close what is overdue, deliver webhooks.

Any number of processes may run them over one database: due rows are claimed, and a claim that its worker does not
live to honor runs out by itself.
"""
