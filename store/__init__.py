"""Keeping: rows, ledger, terms and vectors. The only home of SQLAlchemy and FAISS."""
