#!/bin/sh
# Writes `.env` for docker-compose.yml in the current folder: a random password for each server, and the digests of the
# two keys, which are printed once, and the Ed25519 key pair of sign-ins. A file that is there is not touched.
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

hex_end() { od -An -v -tx1 | tr -d ' \n' | tail -c 64; } # both DER forms of an Ed25519 key end with its 32 bytes

if ! pem=$(openssl genpkey -algorithm ed25519 2>/dev/null); then
  echo "secrets: openssl 1.1.1 or later is needed for the key of sign-ins" >&2
  exit 1
fi
operator=$(random) desk=$(random)
cat > .env <<END
THIDUA_KAFKA_PASSWORD=$(random)
THIDUA_MONGO_PASSWORD=$(random)
THIDUA_MONGO_ADMIN_PASSWORD=$(random)
THIDUA_GRAFANA_PASSWORD=$(random)
THIDUA_OPERATOR_KEY_SHA256=$(digest "$operator")
THIDUA_DESK_KEY_SHA256=$(digest "$desk")
THIDUA_SIGN_IN_SECRET=$(printf '%s\n' "$pem" | openssl pkey -outform DER | hex_end)
THIDUA_SIGN_IN_KEYS=$(printf '%s\n' "$pem" | openssl pkey -pubout -outform DER | hex_end)
END
echo "The operator's key (shown only now):       $operator"
echo "The secretariat's key (shown only now):    $desk"
echo "The passwords and the keys' digests are in .env"
