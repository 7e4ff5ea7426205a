"""Data sets, read from their files or made by rule: what is to be remembered and asked.

One file a data set; `dataset` says what each is once it has been read, `folders` which of them a
folder holds.
"""
