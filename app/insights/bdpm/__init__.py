"""Builds the full lexicon from the BDPM, the official French database of medicines.

`python -m app.insights.bdpm DIR` reads the files that the database publishes and writes the lexicon that
`app.insights.lexicon` prefers to its starter. Terms of reuse: docs/lexicon.md.
"""
