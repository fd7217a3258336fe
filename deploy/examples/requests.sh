#!/bin/sh
# What an agency asks of intake besides reporting, with nothing but curl. The bodies lie beside this file.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh requests.sh withdraw <mã giấy tiếp nhận> withdrawal.json
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh requests.sh extend extension.json
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh requests.sh nominate <số tờ trình> nomination.json
set -eu
usage() {
  echo "Cách dùng: sh requests.sh withdraw <mã giấy tiếp nhận> <tệp.json>" >&2
  echo "           sh requests.sh extend <tệp.json>" >&2
  echo "           sh requests.sh nominate <số tờ trình> <tệp.json>" >&2
  exit 2
}
. "$(dirname "$0")/send.sh"
json="Content-Type: application/json"

case "${1:-} $#" in
  "withdraw 3") send -H "$json" --data-binary "@$3" "$THIDUA/v1/receipts/$2/withdraw" ;;
  "extend 2") send -H "$json" --data-binary "@$2" "$THIDUA/v1/extensions" ;;
  "nominate 3") send -H "$json" -H "Idempotency-Key: $2" --data-binary "@$3" "$THIDUA/v1/nominations" ;;
  *) usage ;;
esac
echo
