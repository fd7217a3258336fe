"""One real Apache Kafka on this machine, for tests and for trying things out: KRaft, passwords, ACLs.

Broker and controller are one process, from the released jars, with data in a folder. Clients log in with
SASL/SCRAM-SHA-512, with TLS or without; Kafka's own authorizer denies what no ACL allows, and ``admin`` may do
everything. It listens on the loopback only and its certificate is self-signed: a province does not run its cluster
like this. ``deploy.cli.agencies`` describes how agencies get access there.

To run one by hand until Ctrl-C: ``python -m deploy.kafka``.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.kafka.jars import jars
from deploy.stack.embedded import Part, PartDied
from deploy.stack.folders import empty_folder
from deploy.stack.ports import free_ports
from shared.runtime.kafka.clients import TRANSIENT_BROKER_ERRORS
from shared.runtime.kafka.login import ClientOptions, Login

ADMIN: Final = "admin"
MECHANISM: Final = "SCRAM-SHA-512"

_START_SECONDS: Final = 60.0
# A small heap, and a compiler tuned for a short run.
_JAVA: Final = ("java", "-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
listeners=CLIENTS://127.0.0.1:{clients},TLS://127.0.0.1:{tls},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=CLIENTS:SASL_PLAINTEXT,TLS:SASL_SSL,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
{advertised}log.dirs={data}

sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.clients.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required username="{admin}" password="{password}";
listener.name.tls.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location={identity}
# SCRAM credentials come from the controller, so a broker cannot use them to log in to it.
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
username="{admin}" password="{password}" user_{admin}="{password}";

authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=User:{admin}
auto.create.topics.enable=false

group.initial.rebalance.delay.ms=0
# A killed broker may come back at once; by default its old session must first expire, which takes nine seconds.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
"""


def login(user: str, password: str) -> ClientOptions:
    """The options with which an aiokafka client logs in as a user."""
    return Login(user, password).client()


class RealKafka:
    """An Apache Kafka in a folder: empty at its first start, later with the data it had.

    Clients connect to ``address``, or to ``tls_address`` with TLS if they trust ``certificate``; ``password`` is the
    admin's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.password = secrets.token_urlsafe(24)
        clients, tls, controller = free_ports([None] * 3)
        self.address, self.tls_address = f"127.0.0.1:{clients}", f"127.0.0.1:{tls}"
        self.certificate = self.folder / "certificate.pem"
        self._ports = {"clients": clients, "tls": tls, "controller": controller}
        self._advertised_port: int | None = None
        self._properties = self.folder / "server.properties"
        self._part: Part | None = None

    @property
    def port(self) -> int:
        """The port of ``address``."""
        return self._ports["clients"]

    def advertise_port(self, port: int) -> None:
        """Advertise to clients another port, which forwards to this one. Call it before the first start."""
        self._advertised_port = port

    @property
    def part(self) -> Part:
        """Its process; only after the first start."""
        assert self._part is not None
        return self._part

    async def __aenter__(self) -> RealKafka:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Fetch missing jars, format the storage at the first start, start, and wait until it answers.

        Raises ``MissingRequirement`` without Java, Maven or the network; ``PartDied`` or ``TimeoutError`` if Kafka
        fails.
        """
        classes = f"{await asyncio.to_thread(jars)}/*"
        if self._part is None:
            await self._format(classes)
            command = [*_JAVA, "-cp", classes, "kafka.Kafka", str(self._properties)]
            self._part = Part("kafka", command, self.folder / "logs" / "kafka.log")
        await self._part.start()
        deadline = asyncio.get_running_loop().time() + _START_SECONDS
        while not await self._is_up():
            self._part.check()
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(
                    f"Kafka took longer than {_START_SECONDS:.0f} seconds to start; see {self._part.log}"
                )
            await asyncio.sleep(0.1)

    async def stop(self, signum: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and keep its data."""
        if self._part is not None:
            await self._part.stop(signum)

    async def _format(self, classes: str) -> None:
        empty_folder(self.folder)
        (self.folder / "logs").mkdir()
        self._properties.touch(mode=0o600)  # it holds the admin's password
        identity = self.folder / "identity.pem"
        identity.touch(mode=0o600)
        key, certificate = _self_signed()
        identity.write_bytes(key + certificate)
        self.certificate.write_bytes(certificate)
        paths = {"data": self.folder / "data", "identity": identity}
        advertised = f"advertised.listeners=CLIENTS://127.0.0.1:{self._advertised_port},TLS://{self.tls_address}\n"
        values = {**paths, **self._ports, "advertised": advertised if self._advertised_port else ""}
        self._properties.write_text(_PROPERTIES.format(admin=ADMIN, password=self.password, **values))
        tool = [*_JAVA, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes, "kafka.tools.StorageTool"]
        tool += ["format", "--standalone", "--config", str(self._properties), "--cluster-id", _cluster_id()]
        tool += ["--add-scram", f"{MECHANISM}=[name={ADMIN},password={self.password}]"]
        process = await asyncio.create_subprocess_exec(
            *tool, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise PartDied(f"Kafka's storage could not be formatted:\n{output.decode(errors='replace')}")

    async def _is_up(self) -> bool:
        try:  # check the port first: the client logs errors if it is closed
            _, writer = await asyncio.open_connection(*self.address.split(":"))
        except OSError:
            return False
        writer.close()
        client = AIOKafkaAdminClient(
            bootstrap_servers=self.address, request_timeout_ms=5_000, **login(ADMIN, self.password)
        )
        try:
            await client.start()
        except TRANSIENT_BROKER_ERRORS:
            return False
        finally:
            with suppress(*TRANSIENT_BROKER_ERRORS):
                await client.close()
        return True


def _self_signed() -> tuple[bytes, bytes]:
    """A key and a certificate for the loopback in PEM, valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "thidua kafka")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*pem), certificate.public_bytes(serialization.Encoding.PEM)


def _cluster_id() -> str:
    """An id in Kafka's form: 16 bytes in base64, without a leading dash, which its tool would read as an option."""
    while (cluster_id := secrets.token_urlsafe(16)).startswith("-"):
        continue
    return cluster_id
