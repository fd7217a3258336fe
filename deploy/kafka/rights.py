"""The rights that a cluster grants, as ``thidua doctor`` reads them."""

from __future__ import annotations

from typing import Final

from deploy.maintenance.doctor import Acl
from shared.runtime.settings import ServiceSettings

_SECONDS: Final = 10.0


def granted_rights(bootstrap: str) -> list[Acl] | None:
    """Every ACL that allows something. None without a login, the extra ``kafka-admin`` or an answer."""
    settings = ServiceSettings()
    if not settings.kafka_user:
        return None
    try:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import (
            AclBindingFilter,
            AclOperation,
            AclPermissionType,
            AdminClient,
            ResourcePatternType,
            ResourceType,
        )
    except ImportError:
        return None
    config: dict[str, str | int | float | bool] = {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_SSL" if settings.kafka_tls else "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": settings.kafka_user,
        "sasl.password": settings.kafka_password.get_secret_value(),
        "log_level": 0,
    }
    if settings.kafka_ca is not None:
        config["ssl.ca.location"] = str(settings.kafka_ca)
    everything = AclBindingFilter(
        ResourceType.ANY,
        None,  # type: ignore[arg-type]  # any name; the stubs do not know it
        ResourcePatternType.ANY,
        None,  # type: ignore[arg-type]  # any user
        None,  # type: ignore[arg-type]  # any host
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    try:
        bindings = AdminClient(config).describe_acls(everything, request_timeout=_SECONDS).result(_SECONDS)
    except (KafkaException, TimeoutError):
        return None
    return [
        Acl(acl.principal, acl.restype.name.lower(), acl.name, acl.resource_pattern_type.name, acl.operation.name)
        for acl in bindings
        if acl.permission_type is AclPermissionType.ALLOW
    ]
