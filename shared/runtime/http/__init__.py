"""HTTP in every service: problem documents, body limits, OpenAPI, the operator's routes."""
