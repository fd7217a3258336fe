"""An agency's access to Kafka: topics, a user, ACLs. It may write its inbox, read its outbox, and nothing else."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from deploy.kafka.rights import binding_of, filter_of, rights_granted
from deploy.kafka.security import Security
from deploy.maintenance.kafka_rights import Acl
from shared.contracts.topics import DLQ, INBOX, INBOX_PATTERN, OUTBOX
from shared.runtime.kafka.clients import topic_configs

if TYPE_CHECKING:
    from confluent_kafka import KafkaError
    from confluent_kafka.admin import AclBinding, AdminClient

_ANSWER_SECONDS: Final = 15.0
_ITERATIONS: Final = 8192
_TOPIC_LENGTH: Final = 249


class NotGranted(RuntimeError):
    """The cluster did not grant the access; the message says which step failed and why."""


class WrongLogin(NotGranted):
    """The cluster does not know the user, or the password is another."""


@dataclass(frozen=True)
class AgencyAccess:
    """What an agency needs to connect. ``password`` is None if it keeps the one it has."""

    user: str
    password: str | None = field(repr=False)
    inbox: str
    outbox: str
    group_prefix: str


def access_names(agency: str) -> AgencyAccess:
    """The names of an agency's user, topics and groups. Raises ``ValueError`` for a code that cannot name a topic.

    The user has a prefix that no service or admin has. The prefix of the groups ends in a dot, which no code contains,
    so that ``so-noi`` has no access to the groups of ``so-noi-vu``.
    """
    inbox, outbox = INBOX.of(agency), OUTBOX.of(agency)
    if not re.fullmatch(INBOX_PATTERN, inbox) or len(outbox + DLQ) > _TOPIC_LENGTH:
        raise ValueError(f"no topic can be named after “{agency}”")
    return AgencyAccess(f"agency.{agency}", None, inbox, outbox, f"agency.{agency}.")


class AccessAdmin:
    """Grants access, as an admin of the cluster.

    ``ca`` is a file of certificates to trust instead of the machine's. Raises ``ImportError`` without the
    extra ``kafka-admin``.
    """

    def __init__(self, bootstrap: str, security: Security, user: str, password: str, ca: Path | None = None) -> None:
        from confluent_kafka.admin import AdminClient

        config: dict[str, str | int | float | bool] = {
            "bootstrap.servers": bootstrap,
            "security.protocol": security,
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": password,
            "log_level": 0,
        }
        if ca is not None:
            config["ssl.ca.location"] = str(ca)
        self._bootstrap = bootstrap
        self._first_error: KafkaError | None = None
        self._admin: AdminClient = AdminClient(config, error_cb=self._on_error)

    def _on_error(self, error: KafkaError) -> None:
        # The first error is the cause; the later ones only report that all brokers are down.
        self._first_error = self._first_error or error

    def check_connection(self) -> None:
        """Check that the cluster answers and accepts the password. Raises ``WrongLogin`` or ``NotGranted``."""
        from confluent_kafka import KafkaError, KafkaException

        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                self._admin.list_topics(timeout=1.0)
                return
            except KafkaException as error:
                self._admin.poll(0)
                why: KafkaError = self._first_error or error.args[0]
                # The client itself would keep trying with a wrong password.
                if why.code() == KafkaError._AUTHENTICATION:
                    raise WrongLogin(f"{self._bootstrap}: {why.str()}") from None
                if time.monotonic() > deadline:
                    raise NotGranted(f"{self._bootstrap}: {why.str()}") from None

    def grant(self, agency: str, *, replication_factor: int, new_password: bool = False) -> AgencyAccess:
        """Create an agency's topics, user and ACLs, as far as they do not exist.

        An existing user keeps its password unless ``new_password``. Raises ``ValueError`` for a code that cannot name
        a topic, ``NotGranted`` if the cluster refuses; the steps before that remain, and repeating them is safe.
        """
        names = access_names(agency)
        self._create_topics(names, replication_factor)
        self._create_acls(names)
        if self.has_password(names.user) and not new_password:
            return names
        password = secrets.token_urlsafe(32)
        self.set_password(names.user, password)
        return AgencyAccess(names.user, password, names.inbox, names.outbox, names.group_prefix)

    def _create_topics(self, names: AgencyAccess, replication_factor: int) -> None:
        from confluent_kafka import KafkaError
        from confluent_kafka.admin import NewTopic

        topics = [
            NewTopic(
                name + suffix,
                num_partitions=1 if suffix else topic.partitions,
                replication_factor=replication_factor,
                config=topic_configs(topic, twin=bool(suffix)),
            )
            for name, topic in ((names.inbox, INBOX), (names.outbox, OUTBOX))
            for suffix in ("", DLQ)
        ]
        answers = self._admin.create_topics(topics, operation_timeout=_ANSWER_SECONDS)
        self._wait_all("topics", answers.values(), ignore=KafkaError.TOPIC_ALREADY_EXISTS)

    def _create_acls(self, names: AgencyAccess) -> None:
        self._wait_all("ACLs", self._admin.create_acls(acl_bindings(names)).values())

    def has_password(self, user: str) -> bool:
        """Whether the cluster has a user. Raises ``NotGranted``."""
        from confluent_kafka import KafkaError, KafkaException

        credentials = self._admin.describe_user_scram_credentials([user])
        assert isinstance(credentials, dict)
        try:
            credentials[user].result(_ANSWER_SECONDS)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.RESOURCE_NOT_FOUND:
                return False
            raise NotGranted(f"user: {error.args[0].str()}") from None
        return True

    def set_password(self, user: str, password: str) -> None:
        """Create a user, or replace its password. Raises ``NotGranted``."""
        from confluent_kafka.admin import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

        scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS)
        upsert = UserScramCredentialUpsertion(user, scram, password.encode())
        self._wait_all("user", self._admin.alter_user_scram_credentials([upsert]).values())

    def rights(self) -> list[Acl]:
        """Every right that the cluster grants. Raises ``NotGranted``."""
        granted = rights_granted(self._admin)
        if granted is None:
            raise NotGranted("ACLs: not readable")
        return granted

    def add_rights(self, rights: Iterable[Acl]) -> None:
        """Grant rights. Raises ``NotGranted``."""
        self._wait_all("ACLs", self._admin.create_acls([binding_of(right) for right in rights]).values())

    def remove_rights(self, rights: Iterable[Acl]) -> None:
        """Take rights away. Raises ``NotGranted``."""
        self._wait_all("ACLs", self._admin.delete_acls([filter_of(right) for right in rights]).values())

    def _wait_all(self, what: str, answers: Iterable[Future[Any]], ignore: int | None = None) -> None:
        """Wait for all answers. Raises ``NotGranted`` for the first that failed, except with the error ``ignore``."""
        from confluent_kafka import KafkaException

        for answer in answers:
            try:
                answer.result(_ANSWER_SECONDS)
            except KafkaException as error:
                why: KafkaError = error.args[0]
                if why.code() != ignore:
                    raise NotGranted(f"{what}: {why.str()}") from None
            except TimeoutError:
                raise NotGranted(f"{what}: no answer within {_ANSWER_SECONDS:.0f} seconds") from None


def acl_bindings(names: AgencyAccess) -> list[AclBinding]:
    """All ACLs of an agency. Writing and reading a topic include the right to describe it."""
    from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType

    rights = (
        (ResourceType.TOPIC, names.inbox, ResourcePatternType.LITERAL, AclOperation.WRITE),
        (ResourceType.TOPIC, names.outbox, ResourcePatternType.LITERAL, AclOperation.READ),
        (ResourceType.GROUP, names.group_prefix, ResourcePatternType.PREFIXED, AclOperation.READ),
    )
    return [
        AclBinding(kind, name, pattern, f"User:{names.user}", "*", operation, AclPermissionType.ALLOW)
        for kind, name, pattern, operation in rights
    ]
