"""An agency's access to Kafka: topics, a user, rights. It may write its inbox, read its outbox, and nothing else."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from shared.contracts.topics import DLQ, INBOX, INBOX_PATTERN, OUTBOX
from shared.runtime.kafka.clients import topic_configs

if TYPE_CHECKING:
    from confluent_kafka import KafkaError
    from confluent_kafka.admin import AclBinding, AdminClient

Security = Literal["SASL_SSL", "SASL_PLAINTEXT"]

_ANSWER_SECONDS: Final = 15.0
_ITERATIONS: Final = 8192
_TOPIC_LENGTH: Final = 249


class NotGranted(RuntimeError):
    """The cluster did not do what was asked; the message says what and why."""


@dataclass(frozen=True)
class Granted:
    """What an agency is told. ``password`` is None where it keeps the one it has."""

    user: str
    password: str | None = field(repr=False)
    inbox: str
    outbox: str
    group_prefix: str


def named(agency: str) -> Granted:
    """The names an agency's access goes by. Raises ``ValueError`` for a code that no topic can be named after.

    The user has a prefix no service or admin has. The prefix of the groups ends in a dot, which no code contains,
    so that ``so-noi`` may not touch the groups of ``so-noi-vu``.
    """
    inbox, outbox = INBOX.of(agency), OUTBOX.of(agency)
    if not re.fullmatch(INBOX_PATTERN, inbox) or len(outbox + DLQ) > _TOPIC_LENGTH:
        raise ValueError(f"no topic can be named after “{agency}”")
    return Granted(f"agency.{agency}", None, inbox, outbox, f"agency.{agency}.")


class Access:
    """Gives access, as an admin of the cluster.

    ``ca`` is a file of certificates to trust instead of the machine's. Raises ``ImportError`` without the
    extra ``kafka-admin``.
    """

    def __init__(self, bootstrap: str, security: Security, user: str, password: str, ca: Path | None = None) -> None:
        from confluent_kafka.admin import AdminClient

        config: dict[str, Any] = {
            "bootstrap.servers": bootstrap,
            "security.protocol": security,
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": password,
            "error_cb": self._note,
            "log_level": 0,
        }
        if ca is not None:
            config["ssl.ca.location"] = str(ca)
        self._bootstrap = bootstrap
        self._trouble: KafkaError | None = None
        self._admin: AdminClient = AdminClient(config)

    def _note(self, error: KafkaError) -> None:
        # The first one is the cause, what follows says that all brokers are down.
        self._trouble = self._trouble or error

    def meet(self) -> None:
        """See that the cluster answers and takes the admin's password. Raises ``NotGranted``."""
        from confluent_kafka import KafkaError, KafkaException

        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                self._admin.list_topics(timeout=1.0)
                return
            except KafkaException as error:
                self._admin.poll(0)
                why: KafkaError = self._trouble or error.args[0]
                # The client would go on trying a password that is wrong.
                if why.code() == KafkaError._AUTHENTICATION or time.monotonic() > deadline:
                    raise NotGranted(f"{self._bootstrap}: {why.str()}") from None

    def grant(self, agency: str, *, replication_factor: int, new_password: bool = False) -> Granted:
        """Make an agency's topics, user and rights, as far as they are not there.

        A user that is there keeps the password unless ``new_password``. Raises ``ValueError`` for an impossible
        code, ``NotGranted`` where the cluster refuses; what was done until then stays, and doing it again is safe.
        """
        names = named(agency)
        self._make_topics(names, replication_factor)
        self._allow(names)
        if self._has_password(names.user) and not new_password:
            return names
        password = secrets.token_urlsafe(32)
        self._set_password(names.user, password)
        return Granted(names.user, password, names.inbox, names.outbox, names.group_prefix)

    def _make_topics(self, names: Granted, replication_factor: int) -> None:
        from confluent_kafka import KafkaError
        from confluent_kafka.admin import NewTopic

        wanted = [
            NewTopic(
                name + suffix,
                num_partitions=1 if suffix else topic.partitions,
                replication_factor=replication_factor,
                config=topic_configs(topic, twin=bool(suffix)),
            )
            for name, topic in ((names.inbox, INBOX), (names.outbox, OUTBOX))
            for suffix in ("", DLQ)
        ]
        made = self._admin.create_topics(wanted, operation_timeout=_ANSWER_SECONDS)
        self._done("topics", made.values(), unless=KafkaError.TOPIC_ALREADY_EXISTS)

    def _allow(self, names: Granted) -> None:
        self._done("ACLs", self._admin.create_acls(acls(names)).values())

    def _has_password(self, user: str) -> bool:
        from confluent_kafka import KafkaError, KafkaException

        asked = self._admin.describe_user_scram_credentials([user])
        assert isinstance(asked, dict)
        try:
            asked[user].result(_ANSWER_SECONDS)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.RESOURCE_NOT_FOUND:
                return False
            raise NotGranted(f"user: {error.args[0].str()}") from None
        return True

    def _set_password(self, user: str, password: str) -> None:
        from confluent_kafka.admin import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

        form = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS)
        upsert = UserScramCredentialUpsertion(user, form, password.encode())
        self._done("user", self._admin.alter_user_scram_credentials([upsert]).values())

    def _done(self, what: str, answers: Iterable[Future[Any]], unless: int | None = None) -> None:
        """Wait for all. Raises ``NotGranted`` for the first that failed, but for the error ``unless``."""
        from confluent_kafka import KafkaException

        for answer in answers:
            try:
                answer.result(_ANSWER_SECONDS)
            except KafkaException as error:
                why: KafkaError = error.args[0]
                if why.code() != unless:
                    raise NotGranted(f"{what}: {why.str()}") from None
            except TimeoutError:
                raise NotGranted(f"{what}: no answer within {_ANSWER_SECONDS:.0f} seconds") from None


def acls(names: Granted) -> list[AclBinding]:
    """The rights of an agency, all there are: writing and reading include asking for a topic's description."""
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
