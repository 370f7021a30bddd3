"""`invoke logs`: what the function and its API have logged, read, followed and summed up.

`tail.py` is where to begin: it joins `reader.py` or `follow.py`, which bring batches of events, to
`output.py` or `summary.py`, which make something of them.
"""
