#!/bin/sh
# Check a report before it is sent: the same checks, the same refusals; nothing is stored and no number is used up.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh check.sh <báo cáo.json | biểu mẫu.xlsx> [<số báo cáo>]
#
# The number is for a body or form that does not hold it.
set -eu
usage() {
  echo "Cách dùng: sh check.sh <báo cáo.json | biểu mẫu.xlsx> [<số báo cáo>]" >&2
  exit 2
}
[ $# -eq 1 ] || [ $# -eq 2 ] || usage
case $1 in
  *.json) path=/v1/reports/check type=application/json ;;
  *.xlsx) path=/v1/reports/excel/check type=application/vnd.openxmlformats-officedocument.spreadsheetml.sheet ;;
  *) usage ;;
esac
. "$(dirname "$0")/send.sh"

send ${2:+-H "Idempotency-Key: $2"} -H "Content-Type: $type" --data-binary "@$1" "$THIDUA$path"
echo
