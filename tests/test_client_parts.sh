#!/bin/sh
#
# What the client is built of: nothing of the server is linked in, neither its functions nor the
# libraries that it alone needs. Runs in the build directory.

set -u

program=src/kabar
failures=0

# The server's floors begin their functions with these.
floors='auth|backup|bridge|chat|config|ctl|dialect|legacy|master|peering|store|worker'
libraries='libtdb|libarchive|libcrypt|libseccomp|libcrypto'

symbols=$(nm "$program" | awk '$2 == "T" || $2 == "t" || $2 == "D" || $2 == "d" { print $3 }')
[ -n "$symbols" ] || {
	echo "$program has no symbols"
	exit 1
}

linked=$(printf '%s\n' "$symbols" | grep -E "^($floors)_")
[ -z "$linked" ] || {
	failures=$((failures + 1))
	printf '%s\n' "$linked" | sed 's/$/ is linked in/'
}

needed=$(objdump -p "$program" | sed -n 's/^ *NEEDED *//p')
unwanted=$(printf '%s\n' "$needed" | grep -E "^($libraries)\.")
[ -z "$unwanted" ] || {
	failures=$((failures + 1))
	printf '%s\n' "$unwanted" | sed 's/$/ is needed/'
}
printf '%s\n' "$needed" | grep -q '^libjansson' || {
	failures=$((failures + 1))
	echo "the libraries of $program are not to be seen"
}

echo "$(((3 - failures) * 100 / 3))%: Checks: 3, Failures: $failures, Errors: 0"
[ "$failures" = 0 ]
