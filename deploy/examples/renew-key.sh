#!/bin/sh
# Get the agency's next key with the one it has; both are valid, so a system can change over. The new key is shown once.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh renew-key.sh
#
# It is not repeated by itself after no answer: the key may have been issued. Look at GET /v1/keys first.
set -eu
[ $# -eq 0 ] || { echo "Cách dùng: sh renew-key.sh" >&2; exit 2; }
. "$(dirname "$0")/send.sh"

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
status=$(curl -sS -o "$answer" -w '%{http_code}' -X POST -H "Authorization: Bearer $KEY" "$THIDUA/v1/keys") || status=000
case $status in
  2??) cat "$answer"; echo ;;
  000) echo "Chưa có khóa mới: cổng tiếp nhận không trả lời." >&2; exit 1 ;;
  *) { echo "Chưa có khóa mới (mã $status):"; refusal "$answer"; } >&2; exit 1 ;;
esac
