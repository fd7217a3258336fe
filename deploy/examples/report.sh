#!/bin/sh
# Report over HTTP with nothing but curl, and read the receipt. A correction is a report too, with its changed rows only.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh report.sh <báo cáo.json>
#
# The file holds the number and the date of your paper ("number", "date"). Run again with the same file it gets the same
# receipt: after a broken line, just run it again. After a refusal, mend the file and send it under the same number.
set -eu
[ $# -eq 1 ] || { echo "Cách dùng: sh report.sh <báo cáo.json>" >&2; exit 2; }
. "$(dirname "$0")/send.sh"

[ -f "$1" ] || { echo "Không có tệp $1." >&2; exit 2; }
send -H "Content-Type: application/json" --data-binary "@$1" "$THIDUA/v1/reports"
echo
