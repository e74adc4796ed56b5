#!/usr/bin/env bash
# Prints what was heard last of an order: payment.paid means that its goods can leave.
#
#   SHOP_DATA=data ./order-state.sh ID
#
# Webhooks may come late and in any order. What has the highest sequence is the latest; payment.changed speaks of money
# that moved after a payment had ended, and is no state of the order.
set -euo pipefail
[[ -e $SHOP_DATA/heard ]] || {
  echo 'nothing was heard'
  exit 0
}
awk -v id="$1" '$3 == id && $2 != "payment.changed" && $5 + 0 >= last { last = $5 + 0; state = $2 }
  END { print state == "" ? "nothing was heard" : state }' "$SHOP_DATA/heard"
