#!/usr/bin/env bash
# Hands an order over to Counterfoil and prints the address to send the payer to.
#
#   COUNTERFOIL_URL=https://shop.example/pay COUNTERFOIL_API_KEY_FILE=api-key ./new-order.sh ID AMOUNT_MINOR CURRENCY TEXT
#
# It may be called again for the same order: that makes no second one.
set -euo pipefail

if (($# != 4)); then
  echo 'usage: new-order.sh ID AMOUNT_MINOR CURRENCY TEXT' >&2
  exit 64
fi
id=$1 amount_minor=$2 currency=$3 text=$4

# What goes into JSON as it is must be nothing but that.
[[ $id =~ ^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$ && $amount_minor =~ ^[1-9][0-9]*$ && $currency =~ ^[A-Z]{3}$ ]] || {
  echo 'new-order.sh: that is no id, amount or currency' >&2
  exit 65
}
text=${text//\\/\\\\}
text=${text//\"/\\\"}

api_key=$(<"$COUNTERFOIL_API_KEY_FILE")
# The header comes from a file: what stands on a command line, everybody on the machine can read.
answer=$(curl --silent --show-error --fail-with-body --max-time 20 --retry 3 --retry-connrefused \
  --header @<(printf 'Authorization: Bearer %s\n' "$api_key") \
  --header "Idempotency-Key: hand-over-$id" \
  --json "{\"id\":\"$id\",\"amountMinor\":$amount_minor,\"currency\":\"$currency\",\"description\":\"$text\"}" \
  "$COUNTERFOIL_URL/v1/orders") || {
  echo "new-order.sh: $answer" >&2
  exit 1
}

[[ $answer =~ \"checkoutUrl\":\"([^\"]+)\" ]]
echo "${BASH_REMATCH[1]}"
