#!/usr/bin/env bash
# Takes Counterfoil's webhooks as a CGI program, by Standard Webhooks: checks signature and time, and writes each down
# once, as a line of $SHOP_DATA/heard: webhook-id, type, order, payment, sequence. $SHOP_DATA/webhook-secret has whsec_...
set -euo pipefail
export LC_ALL=C
umask 077

answer() {
  printf 'Status: %s\r\nContent-Type: text/plain\r\n\r\n' "$1"
  exit 0
}

id=${HTTP_WEBHOOK_ID-} sent_at=${HTTP_WEBHOOK_TIMESTAMP-} signatures=${HTTP_WEBHOOK_SIGNATURE-}
[[ ${REQUEST_METHOD-} == POST ]] || answer '405 Method Not Allowed'
[[ $id =~ ^[A-Za-z0-9:_-]{1,200}$ && $sent_at =~ ^[0-9]{1,12}$ ]] || answer '400 Bad Request'
[[ ${CONTENT_LENGTH-} =~ ^[0-9]{1,5}$ ]] || answer '413 Content Too Large'

body=$(mktemp)
trap 'rm -f "$body"' EXIT
head -c "$((10#$CONTENT_LENGTH))" >"$body"

# HMAC-SHA-256 out of SHA-256 alone (RFC 2104): as an option of openssl the secret would stand in the list of processes.
secret=$(<"$SHOP_DATA/webhook-secret")
key=$(openssl base64 -d -A <<<"${secret#whsec_}" | od -An -v -tx1 | tr -d ' \n')
pad() {
  local at byte
  for ((at = 0; at < 128; at += 2)); do
    printf -v byte '\\x%02x' "$((16#0${key:at:2} ^ $1))"
    printf '%b' "$byte"
  done
}
sha256() { openssl dgst -sha256 -binary; }
expected="v1,$({
  pad 0x5c
  { pad 0x36 && printf '%s.%s.' "$id" "$sent_at" && cat "$body"; } | sha256
} | sha256 | openssl base64 -A)"

# Digests are compared and not the signatures, and all of them: how long that takes tells nothing about the right one.
digest() { printf '%s' "$1" | openssl dgst -sha256 -r; }
right=$(digest "$expected") authentic=no
for signature in $signatures; do
  [[ $(digest "$signature") == "$right" ]] && authentic=yes
done
[[ $authentic == yes ]] || answer '401 Unauthorized'

# Whoever has kept an old one cannot send it again: it is sent anew, and signed anew, each time it is told.
age=$(($(date +%s) - 10#$sent_at))
((age >= -300 && age <= 300)) || answer '401 Unauthorized'

message=$(<"$body")
field() { [[ $message =~ \"$1\":\"?([A-Za-z0-9._:-]+) ]] && printf '%s' "${BASH_REMATCH[1]}"; }
line="$id $(field type) $(field orderId) $(field paymentId) $(field sequence)"
[[ $line =~ ^[^\ ]+\ [a-z.-]+\ [^\ ]+\ [^\ ]+\ [0-9]+$ ]] || answer '422 Unprocessable Content'

# One line, one write: it is there as a whole or not at all, and what is there is not written again.
exec 9>>"$SHOP_DATA/heard"
flock 9
cut -d' ' -f1 "$SHOP_DATA/heard" | grep -qxF -- "$id" || {
  printf '%s\n' "$line" >&9
  sync "$SHOP_DATA/heard"
}
answer '204 No Content'
