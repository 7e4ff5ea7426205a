"""What a language model costs, and whether it keeps to shapes; any will do, one of chance as well.

How well one answers from memory is measured in `answering`.
"""
