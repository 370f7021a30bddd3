"""An AWS account on this machine: moto as a real HTTP server, with a Lambda and an HTTP API that run.

Outside this package, only `account` is needed: it finds, starts and stops the account, and says which
environment points an AWS client at it.
"""
