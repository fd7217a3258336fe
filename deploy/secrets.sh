#!/bin/sh
# Writes `.env` for docker-compose.yml in the current folder: a random password for each server, and the digests of the
# two keys, which are printed once. A file that is there is not touched.
#
#   sh deploy/secrets.sh
set -eu
umask 077

if [ -e .env ]; then
  echo "secrets: .env is there and stays as it is" >&2
  exit 1
fi

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
digest() { printf %s "$1" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1; }

operator=$(random) desk=$(random)
cat > .env <<END
THIDUA_KAFKA_PASSWORD=$(random)
THIDUA_MONGO_PASSWORD=$(random)
THIDUA_MONGO_ADMIN_PASSWORD=$(random)
THIDUA_GRAFANA_PASSWORD=$(random)
THIDUA_OPERATOR_KEY_SHA256=$(digest "$operator")
THIDUA_DESK_KEY_SHA256=$(digest "$desk")
END
echo "The operator's key (shown only now):       $operator"
echo "The secretariat's key (shown only now):    $desk"
echo "The passwords and the keys' digests are in .env"
