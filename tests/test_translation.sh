#!/bin/sh
#
# Every text of the client has a translation in each catalogue of po/, none of them is fuzzy or left
# over, and all have the conversions of the original. The client uses what the build has made.
# Runs in the build directory.

set -u

checks=0
failures=0

# check TEXT COMMAND...: one check, which the command passes.
check() {
	text=$1
	shift
	checks=$((checks + 1))
	"$@" || {
		failures=$((failures + 1))
		echo "$text"
	}
}

skip() {
	echo "skipped: $*"
	exit 77
}

if [ -z "${srcdir:-}" ]; then
	srcdir=$(dirname "$0")/..
fi
for tool in msgattrib msgcmp msgfmt xgettext; do
	command -v "$tool" >/dev/null || skip "no $tool of gettext here"
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# complete CATALOGUE: msgcmp says what is missing, and as a warning what no source has any more.
complete() {
	msgcmp "$1" "$scratch/kabar.pot" >"$scratch/said" 2>&1 && [ ! -s "$scratch/said" ] && return 0
	sed 's/^/    /' "$scratch/said"
	echo "    (make update-po, and translate)"
	return 1
}

# It wants each text to be whole: what begins or ends with a line end does so in all languages.
sound() {
	msgfmt --check --output-file=/dev/null "$1"
}

tidy() {
	[ -z "$(msgattrib --only-fuzzy --no-obsolete "$1")" ] && [ -z "$(msgattrib --only-obsolete "$1")" ]
}

has_texts() {
	[ "$(grep -c '^msgid ' "$scratch/kabar.pot")" -gt 100 ]
}

# In the locale of the machine, whichever it has, the language is chosen by LANGUAGE.
speaks() {
	said=$(env -i LC_ALL=C.UTF-8 LANGUAGE="$1" TEXTDOMAINDIR=po src/kabar -z 2>&1)
	case $said in
	*"$2"*) return 0 ;;
	esac
	echo "    $said"
	return 1
}

check 'the texts cannot be collected' "$srcdir/po/extract" "$scratch/kabar.pot"
check 'there are too few texts' has_texts
for catalogue in "$srcdir"/po/*.po; do
	check "$catalogue is not complete" complete "$catalogue"
	check "$catalogue has faults" sound "$catalogue"
	check "$catalogue has fuzzy or old texts" tidy "$catalogue"
	name=$(basename "$catalogue" .po)
	check "the makefile does not know $catalogue" grep -q "po/$name/LC_MESSAGES/kabar.mo" Makefile
done
if [ -x src/kabar ]; then
	check 'the client speaks no English' speaks en 'usage:'
	check 'the client speaks no Indonesian' speaks id 'pemakaian:'
fi
echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ "$failures" -eq 0 ]
