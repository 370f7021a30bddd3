"""What `invoke doctor` looks at.

A check is a function of a `Patient`: it returns a finding and changes nothing. What AWS or an operation
raises may pass: `ops/doctor.py` makes a finding of it.
"""
