"""The rights that a cluster grants, as ``thidua doctor`` reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from deploy.maintenance.kafka_rights import Acl
from shared.runtime.settings import ServiceSettings

if TYPE_CHECKING:
    from confluent_kafka.admin import (
        AclBinding,
        AclBindingFilter,
        AclOperation,
        AclPermissionType,
        AdminClient,
        ResourcePatternType,
        ResourceType,
    )

_SECONDS: Final = 10.0


def granted_rights(bootstrap: str) -> list[Acl] | None:
    """Every ACL that allows something. None without a login, the extra ``kafka-admin`` or an answer."""
    settings = ServiceSettings()
    if not settings.kafka_user:
        return None
    try:
        from confluent_kafka.admin import AdminClient
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
    return rights_granted(AdminClient(config))


def rights_granted(admin: AdminClient) -> list[Acl] | None:
    """Every ACL that allows something; None without an answer, or without the right to read them."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import (
        AclBindingFilter,
        AclOperation,
        AclPermissionType,
        ResourcePatternType,
        ResourceType,
    )

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
        bindings = admin.describe_acls(everything, request_timeout=_SECONDS).result(_SECONDS)
    except (KafkaException, TimeoutError):
        return None
    return [
        Acl(acl.principal, acl.restype.name.lower(), acl.name, acl.resource_pattern_type.name, acl.operation.name)
        for acl in bindings
        if acl.permission_type is AclPermissionType.ALLOW
    ]


def binding_of(right: Acl) -> AclBinding:
    """A right as it is granted."""
    from confluent_kafka.admin import AclBinding

    return AclBinding(*_parts(right))


def filter_of(right: Acl) -> AclBindingFilter:
    """A right as it is found, to be taken away."""
    from confluent_kafka.admin import AclBindingFilter

    return AclBindingFilter(*_parts(right))


def _parts(
    right: Acl,
) -> tuple[ResourceType, str, ResourcePatternType, str, str, AclOperation, AclPermissionType]:
    from confluent_kafka.admin import AclOperation, AclPermissionType, ResourcePatternType, ResourceType

    kind, pattern = ResourceType[right.kind.upper()], ResourcePatternType[right.pattern]
    return kind, right.name, pattern, right.principal, "*", AclOperation[right.operation], AclPermissionType.ALLOW
