"""How the services are started and operated."""
