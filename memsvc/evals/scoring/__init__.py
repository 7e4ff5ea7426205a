"""How good an answer is, as a number: rankings, events and bounds held against what is right.

Pure arithmetic over arrays. What is shown of the numbers is in `reports`.
"""
