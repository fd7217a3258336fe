# Read by the scripts beside it: `send` makes one request to intake, and repeats it only where that can help.
#
# intake's answer goes to standard output if the request was accepted; why it was refused goes to standard error (exit
# code 1). It is repeated after no answer, 429 (too fast) and 5xx, at most six times; never after a refusal.

: "${THIDUA:?đặt THIDUA là địa chỉ cổng tiếp nhận, ví dụ http://127.0.0.1:8101}"
: "${KEY:?đặt KEY là khóa API của cơ quan}"

refusal() { # what intake's answer in a file says is wrong, one sentence a line; any other answer as it is
  said=$(grep -oE '"detail": *"([^"\\]|\\.)*"' "$1" |
    sed -e 's/^"detail": *"//' -e 's/"$//' -e 's/\\\(["\\/]\)/\1/g' |
    awk '!seen[$0]++ { n++; if (n <= 40) print } END { if (n > 40) print "… và " n - 40 " chỗ khác." }')
  if [ -n "$said" ]; then printf '%s\n' "$said"; else cat "$1"; echo; fi
}

send() { # what to ask curl for: method, headers, address
  answer=$(mktemp) headers=$(mktemp) pause=1 attempt=1
  trap 'rm -f "$answer" "$headers"' EXIT
  while :; do
    status=$(curl -sS -o "$answer" -D "$headers" -w '%{http_code}' -H "Authorization: Bearer $KEY" "$@") || status=000
    case $status in
      000 | 429 | 5??)
        [ "$attempt" -lt 6 ] || break
        wait=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]\{1,3\}\).*/\1/p' "$headers" | tail -n 1)
        echo "Cổng tiếp nhận chưa nhận được (mã $status); gửi lại sau ${wait:-$pause} giây." >&2
        sleep "${wait:-$pause}"
        attempt=$((attempt + 1)) pause=$((pause * 2)) ;;
      *) break ;;
    esac
  done
  case $status in
    2??) cat "$answer" ;;
    *) { echo "Cổng tiếp nhận không nhận (mã $status):"; refusal "$answer"; } >&2; return 1 ;;
  esac
}
