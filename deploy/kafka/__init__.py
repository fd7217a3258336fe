"""Apache Kafka with users and ACLs: start a real one (``harness``), grant an agency its access (``access``)."""
