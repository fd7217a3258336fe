"""The parts of a service's OpenAPI document that the framework cannot know: bodies read by hand, and refusals."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from shared.runtime.http.problems import OpenApiObject, ProblemDocument, problem_answer

_COMPONENTS = "#/components/schemas/{model}"


def json_body(model: Any) -> OpenApiObject:
    """The ``openapi_extra`` of a route that reads its JSON body by hand; ``model`` is a model or a union of models."""
    schema = TypeAdapter(model).json_schema(ref_template=_COMPONENTS)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def complete_openapi(api: FastAPI) -> None:
    """Make an app's OpenAPI document name the problem documents of its routes and contain all models it refers to."""

    def openapi() -> OpenApiObject:
        if api.openapi_schema is None:
            document = get_openapi(title=api.title, version=api.version, routes=api.routes)
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas[ProblemDocument.__name__] = ProblemDocument.model_json_schema()
            for framework_model in ("HTTPValidationError", "ValidationError"):
                schemas.pop(framework_model, None)
            for path in document["paths"].values():
                for operation in path.values():
                    _complete_operation(operation, schemas)
            api.openapi_schema = document
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]


def _complete_operation(operation: OpenApiObject, schemas: OpenApiObject) -> None:
    responses = operation["responses"]
    responses["422"] = problem_answer(422)  # every route refuses parameters that it does not have
    responses.setdefault("503", problem_answer(503))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for name, schema in content["schema"].pop("$defs", {}).items():
            schemas.setdefault(name, schema)
