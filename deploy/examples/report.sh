#!/bin/sh
# Report over HTTP with nothing but curl: what do I owe, send it, read the receipt.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh report.sh <số báo cáo> <báo cáo.json>
#
# Run again with the same number and file it gets the same receipt: after a broken line, just run it again.
set -eu
number=$1 report=$2
me="Authorization: Bearer $KEY"

echo "Còn phải gửi:"
curl -sS --fail-with-body -H "$me" "$THIDUA/v1/obligations"
echo

echo "Giấy tiếp nhận:"
curl -sS --fail-with-body --retry 5 --retry-all-errors --retry-connrefused -H "$me" -H "Idempotency-Key: $number" \
  -H "Content-Type: application/json" --data-binary "@$report" "$THIDUA/v1/reports"
echo
