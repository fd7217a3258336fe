#!/bin/sh
# Get the agency's next key with the one it has; both are valid, so a system can change over. The new key is shown once.
#
#   THIDUA=http://127.0.0.1:8101 KEY=<khóa API> sh renew-key.sh
#
# It is not repeated by itself after no answer: the key may have been issued. Look at GET /v1/keys first.
set -eu
[ $# -eq 0 ] || { echo "Cách dùng: sh renew-key.sh" >&2; exit 2; }
: "${THIDUA:?đặt THIDUA là địa chỉ cổng tiếp nhận, ví dụ http://127.0.0.1:8101}"
: "${KEY:?đặt KEY là khóa API của cơ quan}"

curl -s --fail-with-body -X POST -H "Authorization: Bearer $KEY" "$THIDUA/v1/keys" || { echo >&2; echo "Chưa có khóa mới: xem trả lời ở trên; không có trả lời nghĩa là cổng tiếp nhận không kết nối được." >&2; exit 1; }
echo
