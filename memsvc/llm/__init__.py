"""Adapters to models. Model libraries are imported late, when a model is first needed."""
