#!/bin/sh
#
# kabar(1) and kabar know the same commands, with the same options and
# operands. Runs in the build directory.

set -u

checks=0
failures=0

fail() {
	failures=$((failures + 1))
	printf '%s\n' "$*"
}

if [ -z "${srcdir:-}" ]; then
	srcdir=$(dirname "$0")/..
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Both are reduced to letters and signs without brackets, bars, spaces and case: "sendwhotext-".
reduce() {
	tr -d '[]| \t' | tr '[:upper:]' '[:lower:]'
}

env -i LC_ALL=C.UTF-8 src/kabar -h >"$scratch/help" || exit 2
sed -n 's/^ *kabar \([a-z]\)/\1/p' "$scratch/help" >"$scratch/lines"
while read -r line; do
	printf '%s\n' "$line" | reduce
done <"$scratch/lines" | sort >"$scratch/usage"

# A command of the page is an item of the section COMMANDS that is not within another item's list.
awk '
	/^\.Sh/ { commands = $2 == "COMMANDS" }
	/^\.Bl/ { depth++ }
	/^\.El/ { depth-- }
	commands && depth == 1 && /^\.It Cm/ {
		for (i = 2; i <= NF; i++) {
			if ($i == "Fl")
				$(i + 1) = "-" $(i + 1)
			if ($i ~ /^(Cm|Ar|Op|Oo|Oc|Fl|Ns|No)$/)
				$i = ""
			sub(/^\\&/, "", $i)
		}
		$1 = ""
		print
	}' "$srcdir/man/kabar.1" | while read -r line; do
	printf '%s\n' "$line" | reduce
done | sort >"$scratch/page"

checks=$((checks + 1))
[ "$(wc -l <"$scratch/usage")" -gt 15 ] || fail "kabar -h prints no commands"
checks=$((checks + 1))
diff "$scratch/usage" "$scratch/page" || fail "kabar -h (<) and kabar(1) (>) differ"

# What kabar -h prints at its end, in words.
grep -oE -e '--[a-z]+' "$scratch/help" | sort -u >"$scratch/options"
while read -r option; do
	checks=$((checks + 1))
	grep -q "Fl -${option#--}\( \|$\)" "$srcdir/man/kabar.1" || fail "kabar(1) has no $option"
done <"$scratch/options"

# The screen: its keys, and its commands, as the sources have them.
items() {
	awk -v heading="$1" '
		/^\.S[hs]/ { wanted = index($0, heading) > 0 }
		wanted && /^\.It/ {
			gsub(/^\.It| (Cm|Ar|Op)|\\&/, "")
			print
		}' "$srcdir/man/kabar.1" | while read -r line; do
		printf '%s\n' "$line" | reduce
	done
}

sed -n 's/^\t{ "\([^"]*\)", N_(.*/\1/p' "$srcdir/src/client/screen/keys.c" | while read -r line; do
	printf '%s\n' "$line" | reduce
done >"$scratch/keys"
sed -n 's/^\t{ "\([a-z]*\)", "\([^"]*\)", N_(.*/\/\1 \2/p' "$srcdir/src/client/screen/command.c" |
	while read -r line; do
		printf '%s\n' "$line" | reduce
	done >"$scratch/words"
items 'Ss Keys' >"$scratch/page_keys"
items 'Ss Commands of the screen' >"$scratch/page_words"
for list in keys words; do
	checks=$((checks + 2))
	[ "$(wc -l <"$scratch/$list")" -gt 15 ] || fail "the sources of the screen have no $list"
	diff "$scratch/$list" "$scratch/page_$list" || fail "the screen (<) and kabar(1) (>) differ"
done
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ "$failures" -eq 0 ]
