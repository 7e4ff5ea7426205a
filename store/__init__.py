"""Keeping: rows, ledger, lexicon and vectors. The only home of SQLAlchemy and FAISS."""
