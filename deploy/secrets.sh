#!/bin/sh
# Writes the folder `secrets` for docker-compose.yml in the current folder: passwords, the digests of two keys, which are
# printed once, the key pair of sign-ins and a certificate for the proxy. A file that is there is not touched, so it may
# be run again: a release that needs a new secret gets it.
#
#   sh deploy/secrets.sh [the name of the site, by default localhost]
set -eu
umask 077
site=${1:-localhost}

if ! pem=$(openssl genpkey -algorithm ed25519 2>/dev/null); then
  echo "secrets: openssl 1.1.1 or later is needed" >&2
  exit 1
fi

# Only the owner enters the folder. The files are for all, because each is shown alone to a container whose user is another.
mkdir -p secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
digest() { printf %s "$1" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -d ' ' -f 1; }
hex_end() { od -An -v -tx1 | tr -d ' \n' | tail -c 64; } # both DER forms of an Ed25519 key end with its 32 bytes
keep() { # name: standard input becomes the file, unless it is there
  if [ -e "secrets/$1" ]; then cat > /dev/null; else cat > "secrets/.$1" && chmod 644 "secrets/.$1" && mv "secrets/.$1" "secrets/$1"; fi
}
database() { printf 'mongodb://%s:%s@mongo:27017/?replicaSet=rs0&authSource=admin\n' "$1" "$(random)"; }

for user in admin intake scoring council notify ops exporter; do random | keep "kafka-$user"; done
random | keep mongo-admin
for user in intake scoring council notify ops; do database "$user" | keep "mongo-$user"; done
printf 'MONGODB_URI=%s\n' "$(database mongodb-exporter)" | keep mongodb-exporter
random | keep grafana

for holder in operator desk; do
  if [ ! -e "secrets/$holder-key-sha256" ]; then
    key=$(random)
    digest "$key" | keep "$holder-key-sha256"
    case $holder in operator) name="operator's key:   " ;; *) name="secretariat's key:" ;; esac
    echo "The $name $key (shown only now)"
  fi
done

if [ ! -e secrets/sign-in-keys ]; then
  printf '%s\n' "$pem" | openssl pkey -outform DER | hex_end | keep sign-in-secret
  printf '%s\n' "$pem" | openssl pkey -pubout -outform DER | hex_end | keep sign-in-keys
fi

if [ ! -e secrets/tls.crt ]; then # until the province's own takes its place
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj "/CN=$site" \
    -addext "subjectAltName=DNS:$site" -keyout secrets/.key -out secrets/.crt 2>/dev/null
  keep tls.key < secrets/.key
  keep tls.crt < secrets/.crt
  rm -f secrets/.key secrets/.crt
fi
echo "The secrets are in the folder secrets; keep a copy of it where the backups are not."
