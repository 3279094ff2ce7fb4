"""The API's documentation: Swagger UI from our own files, under the same strict policy as everything else."""

from __future__ import annotations

from flask import Blueprint, render_template

from server.kernel.http import declare

blueprint = Blueprint("api_page", __name__, url_prefix="/api", template_folder="templates")
declare("GET", "/api/docs", "public", "the API's description holds no data")
declare("GET", "/api/openapi.json", "public", "the same description, for programs")


@blueprint.get("/docs")
def docs() -> str:
    """Swagger UI on /api/openapi.json."""
    return render_template("console/api.html")
