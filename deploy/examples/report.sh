#!/bin/sh
# Report over HTTP with nothing but curl: what do I owe, send it, read the receipt.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh report.sh <báo cáo.json>
#
# The file holds the number and the date of your paper ("number", "date"). Run again with the same file it gets the same
# receipt: after a broken line, just run it again. After a refusal, mend the file and send it under the same number.
set -eu
report=$1
me="Authorization: Bearer $KEY"

echo "Còn phải gửi:"
curl -sS --fail-with-body -H "$me" "$THIDUA/v1/obligations"
echo

echo "Giấy tiếp nhận:"
curl -sS --fail-with-body --retry 5 --retry-all-errors --retry-connrefused -H "$me" \
  -H "Content-Type: application/json" --data-binary "@$report" "$THIDUA/v1/reports"
echo
