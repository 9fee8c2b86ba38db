# curl, with nothing but what every system has.
set -eu

found() {
    printf '%s' "$2" | sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p'
}

TOKEN=API_KEY
TRADE_NO=
IDENTIFIER=
for file in "$REQUESTS"/*.json; do
    name=$(basename "$file" .json)
    path=$(printf '%s' "${name#???}" | tr _ /)
    body=$(sed -e "s|{{APP_ID}}|$APP_ID|;s|{{SECRET}}|$SECRET|;s|{{ORDER_NO}}|$ORDER_NO|;s|{{TRADE_NO}}|$TRADE_NO|" \
        -e "s|{{IDENTIFIER}}|$IDENTIFIER|;s|{{NOTIFICATION_URL}}|$NOTIFICATION_URL|" "$file")

    answer=$(curl -s -X POST "$BASE_URL/gateway/v1/$path" \
        -H 'Content-Type: application/json' \
        -H 'Accept: */*' \
        -H "Authorization: $TOKEN" \
        -d "$body")

    printf '%s\t%s\n' "$path" "$answer"
    case "$path" in
        connect/token) TOKEN=$(found accessToken "$answer") ;;
        payment)
            TRADE_NO=$(found tradeNo "$answer")
            IDENTIFIER=$(found transactionIdentifier "$answer")
            ;;
    esac
done
