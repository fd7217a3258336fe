"""What docker-compose.yml starts, as far as it starts without docker; ``make compose-check`` runs these tests."""
