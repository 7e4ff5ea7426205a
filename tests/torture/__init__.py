"""Torture: kill the service at random moments, break what it stands on, and look what is left.

    make torture                            200 kills over all scenarios, then the faults
    python -m tests.torture --kills 20 --scenario import --seed 7

What it holds the service to: everything acknowledged is there exactly once, a request is there
whole or not at all, every ledger verifies, the doctor finds nothing, and the indexes in memory are
those that the rows would make. It ends with 1 when any of that fails. The test suite runs a short
form of it (`test_torture.py`).

`victim` starts the process that is killed, `scenarios` say what it is doing then, `book` remembers
what was said to the client, `examine` compares, `faults` are those beside kills.
"""
