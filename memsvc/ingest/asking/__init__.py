"""What is read off a question before memory is asked: its times, and what kind of answer it wants.

Rules over words, without a model. Whatever they tell only raises or orders; a wrong guess hides
nothing.
"""
