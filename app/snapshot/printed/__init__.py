"""Printed numbers compared with what the network gives: each right, right but for its last digit, rounded on the way,
or wrong, and then the known mistake that it looks like.

Map: `digits` one number against another · `quantities` which number a name stands for · `looks_like` what known
mistakes would give · `compare` all of it · `models` the answer.
"""
