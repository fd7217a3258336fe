"""How a connection to a Kafka cluster is secured."""

from __future__ import annotations

from typing import Literal

Security = Literal["SASL_SSL", "SASL_PLAINTEXT"]
