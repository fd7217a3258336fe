#!/bin/sh
# Report over HTTP with nothing but curl, and read the receipt. A correction is a report too, with its changed rows only.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh report.sh <số báo cáo> <báo cáo.json>
#
# Run again with the same number and file it gets the same receipt: after a broken line, just run it again.
set -eu
[ $# -eq 2 ] || { echo "Cách dùng: sh report.sh <số báo cáo> <báo cáo.json>" >&2; exit 2; }
. "$(dirname "$0")/send.sh"

echo "Giấy tiếp nhận:" >&2
send -H "Idempotency-Key: $1" -H "Content-Type: application/json" --data-binary "@$2" "$THIDUA/v1/reports"
echo
