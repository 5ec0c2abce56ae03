#!/bin/sh
#
# The page's modules that need no browser, and rules for all of its files: the tests of tests/page,
# run by node. Some versions of it take a script for a module only beside a package.json, which the
# tree does not have, so they run in a copy.

set -u

if [ -z "${srcdir:-}" ]; then
	srcdir=$(dirname "$0")/..
fi
command -v node >/dev/null || {
	echo 'skipped: no node here'
	exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for path in Makefile.am man/kabar-peering.7 src/dialect/code.c src/dialect/web/page tests/page; do
	mkdir -p "$scratch/$(dirname "$path")"
	cp -R "$srcdir/$path" "$scratch/$path"
done
chmod -R u+w "$scratch" # the tree of a release may be read-only
echo '{ "type": "module" }' >"$scratch/package.json"

(cd "$scratch" && node --test --test-reporter=tap tests/page/test_*.mjs) >"$scratch/said" 2>&1

# count WORD: a number of the summary.
count() {
	sed -n "s/^# $1 //p" "$scratch/said" | tail -n 1
}

passed=$(count pass)
failed=$(count fail)
if [ "${passed:-0}" -eq 0 ] || [ "${failed:-1}" -gt 0 ]; then
	cat "$scratch/said"
fi
checks=$((${passed:-0} + ${failed:-0}))
[ "$checks" -gt 0 ] || checks=1 failed=1
echo "$((100 * (checks - failed) / checks))%: Checks: $checks, Failures: $failed, Errors: 0"
[ "$failed" -eq 0 ]
