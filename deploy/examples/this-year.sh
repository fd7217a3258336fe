#!/bin/sh
# Copy the example bodies into a new folder with this year and today in place of their days of 2023.
#
#   sh this-year.sh <thư mục mới>
#
# Figures are as of today, or of 30/11 after that day: no report may be about days that have not come.
set -eu
[ $# -eq 1 ] || { echo "Cách dùng: sh this-year.sh <thư mục mới>" >&2; exit 2; }
[ ! -e "$1" ] || { echo "Đã có $1; hãy nêu thư mục mới." >&2; exit 1; }

# Vietnam is seven hours ahead of UTC; no time zone data are needed for that.
year=$(TZ=ICT-7 date +%Y) today=$(TZ=ICT-7 date +%Y-%m-%d) as_of=$today
[ "$(TZ=ICT-7 date +%m%d)" -lt 1130 ] || as_of=$year-11-30
mkdir -p "$1"
for example in "$(dirname "$0")"/*.json; do
  sed -e "s/\"date\": \"2023-[0-9-]*\"/\"date\": \"$today\"/" -e "s/\"as_of\": \"2023-[0-9-]*\"/\"as_of\": \"$as_of\"/" \
    -e "s/2023/$year/g" "$example" >"$1/${example##*/}"
done
echo "Đã chép các ví dụ của năm $year vào $1." >&2
