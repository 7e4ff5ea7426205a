"""The recipes as a page for people: what each is for, and what it does in which order.

Written out here, on the server, without a script and without anything from elsewhere.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time this import is the very cost that opening keeps off the start
    from retrieval.stage import Recipe

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c1c1c; background: #fff }
h2 { margin: 2rem 0 .2rem; font-family: ui-monospace, monospace; font-size: 1.2rem }
p { margin: .2rem 0 .6rem }
ol { margin: 0; padding-left: 1.6rem }
li, td, th { font: 14px/1.6 ui-monospace, monospace }
table { border-collapse: collapse; margin: .6rem 0 0 }
td, th { padding: 0 1rem 0 0; text-align: left; font-weight: normal; color: #555 }
td { text-align: right; color: inherit }
nav a { margin-right: .8rem }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 }
  a { color: #8ab4f8 } td, th { color: #aaa } }
"""


def recipe_page(recipes: "Mapping[str, Recipe]") -> str:
    """Return the page that lists these recipes, as HTML."""
    return "\n".join(_lines(recipes))


def _lines(recipes: "Mapping[str, Recipe]") -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>memsvc: recipes</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    yield "<h1>Recipes</h1>"
    yield "<p>How a question is answered: stages in order. A request names one as"
    yield "<code>recipe</code>, or its space is set to one; else it is <code>default</code>."
    yield 'For machines they stand under <a href="v1/recipes">/v1/recipes</a>.</p>\n<nav>'
    for name in recipes:
        yield f'<a href="#{escape(name)}">{escape(name)}</a>'
    yield "</nav>"
    for name, recipe in recipes.items():
        yield f'<section>\n<h2 id="{escape(name)}">{escape(name)}</h2>'
        yield f"<p>{escape(recipe.about)}</p>\n<ol>"
        yield from (f"<li>{escape(stage)}</li>" for stage in recipe.describe())
        yield "</ol>\n<table>"
        for part, weight in recipe.weights().items():
            yield f"<tr><th>{escape(part)}</th><td>{weight:g}</td></tr>"
        yield "</table>\n</section>"
    yield "</body>\n</html>"
