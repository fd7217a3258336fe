#!/bin/sh
# Report by Excel with nothing but curl: fetch the form, fill it in, send it.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh report-excel.sh form <nội dung> <phong trào> <tệp.xlsx>
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh report-excel.sh send <số báo cáo> <tệp.xlsx>
#
# The number and the date of your paper stand in the form; the number given here is for a form whose cell is empty.
set -eu
usage() {
  echo "Cách dùng: sh report-excel.sh form <nội dung> <phong trào> <tệp.xlsx>" >&2
  echo "           sh report-excel.sh send <số báo cáo> <tệp.xlsx>" >&2
  exit 2
}
. "$(dirname "$0")/send.sh"

case "${1:-} $#" in
  "form 4")
    form=$(mktemp)
    if send "$THIDUA/v1/obligations/$2/template.xlsx?movement=$3" >"$form"; then
      cat "$form" >"$4"; rm -f "$form"
      echo "Đã ghi biểu mẫu vào $4." >&2
    else
      rm -f "$form"; exit 1
    fi ;;
  "send 3")
    send -H "Idempotency-Key: $2" --data-binary "@$3" \
      -H "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" "$THIDUA/v1/reports/excel"
    echo ;;
  *) usage ;;
esac
