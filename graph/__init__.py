"""Knowledge: algorithms over plain ids, with no I/O.

The room is kept by the layout and the import contracts; what moves in first is the graph of
entities and passages with its personalized PageRank.
"""
