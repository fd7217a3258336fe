"""``python -m deploy.setup``: what compose runs once, before the services (docs/operations.md, "First day").

``THIDUA_KAFKA`` and ``THIDUA_MONGO`` say where the servers are, ``THIDUA_SECRETS`` which folder holds the files that
``deploy/secrets.sh`` wrote.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError

from deploy.kafka.access import NotGranted
from deploy.maintenance.kafka_rights import USERS
from deploy.setup.cluster import set_up_cluster
from deploy.setup.database import ROLES, UsersNotMade, set_up_database
from deploy.setup.secrets import SecretMissing, Secrets
from shared.runtime.logs import configure_logs
from shared.runtime.secret_files import FOLDER

_START_SECONDS: Final = 90.0
_PAUSE_SECONDS: Final = 2.0


async def set_up(kafka: str, mongo: str, secrets: Secrets) -> list[str]:
    """Make everything as it must be; returns what was changed. Raises as the two parts do, and ``SecretMissing``."""
    changes = await set_up_database(
        mongo, secrets.text("mongo-admin"), {user: secrets.database_password(user) for user in ROLES}
    )
    passwords = {user: secrets.text(f"kafka-{user.removeprefix('kafka-')}") for user in USERS}
    return changes + await set_up_cluster(kafka, secrets.text("kafka-admin"), passwords)


async def _in_time(kafka: str, mongo: str, secrets: Secrets) -> list[str]:
    """As ``set_up``, with patience for servers that have only just started."""
    deadline = asyncio.get_running_loop().time() + _START_SECONDS
    while True:
        try:
            return await set_up(kafka, mongo, secrets)
        except (NotGranted, KafkaError, UsersNotMade):
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)


def main(environment: Mapping[str, str]) -> int:
    """Run it once; prints what was changed. Returns the exit code: 0, or 1 with the reason on standard error."""
    if missing := [name for name in ("THIDUA_KAFKA", "THIDUA_MONGO", FOLDER) if not environment.get(name)]:
        print(f"setup: set {', '.join(missing)}", file=sys.stderr)
        return 1
    kafka, mongo, secrets = environment["THIDUA_KAFKA"], environment["THIDUA_MONGO"], Secrets(Path(environment[FOLDER]))
    try:
        changes = asyncio.run(_in_time(kafka, mongo, secrets))
    except (SecretMissing, NotGranted, KafkaError, UsersNotMade) as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    print("\n".join(changes) or "setup: everything is there")
    return 0


if __name__ == "__main__":
    configure_logs("setup", "WARNING")
    sys.exit(main(os.environ))
