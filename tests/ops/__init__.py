"""``make ops``: the watching of a running demo by Debian's Prometheus and Alertmanager, and four drills."""
