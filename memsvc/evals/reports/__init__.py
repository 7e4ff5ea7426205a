"""What an evaluation found: objects for machines, tables and pictures for people, files to keep.

What several evaluations tell alike belongs here; nothing here measures.
"""
