"""The pages for people: Swagger UI at /docs, served from this installation, and the recipes.

FastAPI's own page loads its script from a server on the internet; a service that promises to talk
to nobody must not send its users there.
"""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from memsvc.server.deps import Held
from memsvc.server.recipe_page import recipe_page

ASSETS = "/docs/assets"


def add_pages(app: FastAPI) -> None:
    """Serve the recipes at /recipes, and Swagger UI at /docs with its files below.

    Those are MIT and Apache-2.0, from fastapi-offline. Neither page holds what is remembered, and
    neither asks for a key.
    """

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=app.openapi_url or "",
            title="memsvc",
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
        )

    @app.get("/recipes", include_in_schema=False)
    async def recipes(opening: Held) -> HTMLResponse:
        return HTMLResponse(recipe_page(opening.service.recall.recipes))

    files = StaticFiles(packages=[("fastapi_offline", "static")])
    app.mount(ASSETS, files, name="docs-assets")
