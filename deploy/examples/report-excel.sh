#!/bin/sh
# Report by Excel with nothing but curl: fetch the form, fill it in, send it.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh report-excel.sh form <nội dung> <phong trào> <tệp.xlsx>
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh report-excel.sh send <số báo cáo> <tệp.xlsx>
#
# The number and the date of your paper stand in the form; the number given here is for a form whose cell is empty.
set -eu
me="Authorization: Bearer $KEY"
case $1 in
  form) curl -sS --fail-with-body -H "$me" -o "$4" "$THIDUA/v1/obligations/$2/template.xlsx?movement=$3" ;;
  send)
    curl -sS --fail-with-body -H "$me" -H "Idempotency-Key: $2" --data-binary "@$3" \
      -H "Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" "$THIDUA/v1/reports/excel"
    echo
    ;;
esac
