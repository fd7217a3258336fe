"""Apache Kafka with users and rights: starting a real one (``harness``), giving an agency its access (``access``)."""
