"""A service's OpenAPI document: what the framework cannot know of bodies read by hand and of refusals."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from shared.runtime.http.problems import ProblemDocument, problem_answer

_COMPONENTS = "#/components/schemas/{model}"


def json_body(form: Any) -> dict[str, Any]:
    """What a route that reads its JSON body by hand declares as ``openapi_extra``; ``form`` is a model or a union."""
    schema = TypeAdapter(form).json_schema(ref_template=_COMPONENTS)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def complete(api: FastAPI) -> None:
    """Have an app's document name the problem documents every route may answer, and hold all models it refers to."""

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            made = get_openapi(title=api.title, version=api.version, routes=api.routes)
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas[ProblemDocument.__name__] = ProblemDocument.model_json_schema()
            for of_framework in ("HTTPValidationError", "ValidationError"):
                schemas.pop(of_framework, None)
            for operation in (each for path in made["paths"].values() for each in path.values()):
                _complete(operation, schemas)
            api.openapi_schema = made
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]


def _complete(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    answers = operation["responses"]
    if "422" in answers:
        answers["422"] = problem_answer(422)
    answers.setdefault("503", problem_answer(503))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for name, schema in content["schema"].pop("$defs", {}).items():
            schemas.setdefault(name, schema)
