"""Kafka beside the consumer: clients, sign-in, records, the broker's identity, replay."""
