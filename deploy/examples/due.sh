#!/bin/sh
# What the agency still has to report, by when, and which figures are missing; one obligation a line.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh due.sh [<phong trào>]
set -eu
[ $# -le 1 ] || { echo "Cách dùng: sh due.sh [<phong trào>]" >&2; exit 2; }
. "$(dirname "$0")/send.sh"

due=$(send "$THIDUA/v1/obligations${1:+?movement=$1}")
printf '%s\n' "$due" | sed 's/},{"movement":/},\
{"movement":/g' | cut -c 1-400 | { iconv -c -f UTF-8 -t UTF-8 || :; } # cut may end in the middle of a character
