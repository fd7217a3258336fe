"""The dashboards that Grafana shows: ``python -m deploy.grafana`` writes ``dashboards/*.json`` from a few tables."""
