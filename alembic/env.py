"""Runs migrations over the connection that the caller hands in, inside the caller's transaction."""

from alembic import context

from store.tables import metadata

VIRTUAL = ("lexicon",)


def include(_object: object, name: str | None, kind: str, *_about: object) -> bool:
    """Pass over FTS5's tables, which SQLAlchemy has no words for."""
    return not (kind == "table" and name is not None and name.startswith(VIRTUAL))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=include,
    compare_type=True,
)
context.run_migrations()
