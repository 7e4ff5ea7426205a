"""How well a language model answers with the service's contexts, with any in the OpenAI form.

Recall is measured without a model; this asks one, where one is set, and is skipped where none is.
"""
