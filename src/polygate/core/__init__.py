"""The rules of the gateway: pure values and decisions.

Nothing here reads a clock, a file, a socket or a random source; those come in as arguments, so that a whole
run can be replayed from a seed.
"""
