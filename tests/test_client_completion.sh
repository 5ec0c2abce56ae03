#!/bin/sh
#
# bash completion behind kabar: the commands and options that kabar -h prints, and the names that a
# server has. The server is played by a kabar of the test's own. Runs in the build directory.

set -u

checks=0
failures=0

if [ -z "${srcdir:-}" ]; then
	srcdir=$(dirname "$0")/..
fi
[ -x /bin/bash ] || {
	echo 'skipped: no bash on this machine'
	exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export HOME="$scratch" LC_ALL=C.UTF-8
unset XDG_CONFIG_HOME XDG_STATE_HOME

# What it is asked for, it prints as kabar does; all else is the real one's.
mkdir -p "$scratch/.config/kabar" "$scratch/.local/state/kabar/accounts"
cat >"$scratch/kabar" <<END
#!/bin/sh
echo "\$*" >>"$scratch/asked"
case \$* in
*'-j conversations')
	echo '{"with":"henderson","last":7,"time":"2026-11-22T05:00:00.000Z","unread":0,"online":true}'
	echo '{"with":"#kopi","last":6,"time":"2026-11-22T05:00:00.000Z","unread":2,"members":3}'
	echo '{"with":"lineker@malang","last":5,"time":"2026-11-22T05:00:00.000Z","unread":0}'
	;;
*'-j group list') echo '{"name":"kopi","owner":"messi","members":1,"member":true}' ;;
*'-j file list #kopi') echo '{"name":"menu.txt","size":5,"hash":"-"}' ;;
*'-j file list henderson')
	echo '{"name":"notes;touch\${IFS}PWNED;","size":5,"hash":"-"}'
	echo '{"name":"two words.txt","size":5,"hash":"-"}'
	;;
*'-j realm list') echo '{"name":"malang","state":"up"}' ;;
*) exec "$PWD/src/kabar" "\$@" ;;
esac
END
chmod +x "$scratch/kabar"
echo '{}' >"$scratch/.local/state/kabar/accounts/default"
echo 'account "kantor" { address = "messi@kantor.example" }' >"$scratch/.config/kabar/config"

cat >"$scratch/complete" <<'END'
. "$1"
COMP_LINE=$3
COMP_POINT=${#COMP_LINE}
COMP_WORDS=("$2")
COMP_WORDBREAKS=$' \t\n"\'@><=;|&(:'
_kabar 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr '\n' ' '
END

# offers LINE WORDS: behind the line exactly these words are offered, in order.
offers() {
	offered=$(/bin/bash "$scratch/complete" "$srcdir/etc/completions/kabar" "$scratch/kabar" "$1")
	checks=$((checks + 1))
	[ "${offered% }" = "$2" ] || {
		failures=$((failures + 1))
		echo "behind '$1': $offered"
	}
}

# Every command of the usage, and every second word of one.
src/kabar -h | sed -n 's/^ *kabar \([a-z]\)/\1/p' >"$scratch/lines"
offers 'kabar ' "$(cut -d ' ' -f 1 "$scratch/lines" | LC_ALL=C sort -u | paste -sd ' ')"
offers 'kabar group ' \
	"$(sed -n 's/^group \([a-z]*\).*/\1/p' "$scratch/lines" | LC_ALL=C sort | paste -sd ' ')"
offers 'kabar hist' history
offers 'kabar nothing ' ''

offers 'kabar -' '--account --help --json --version -V -a -h -j'
offers 'kabar history -' '--after --before -a -j -n'
offers 'kabar login --p' --plain
offers 'kabar login --dialect ' 'files login realm show'
offers 'kabar history -n ' ''
offers 'kabar -a ' 'default kantor'
offers 'kabar -a kan' kantor

# A name that begins with "#" is quoted, and a word is completed behind its "@" as readline does.
offers 'kabar send ' '\#kopi henderson lineker@malang'
offers 'kabar send \#' '\#kopi'
offers "kabar send '#k" '#kopi'
offers 'kabar history -n 10 h' henderson
offers 'kabar history lineker@m' malang
offers 'kabar history henderson ' ''
offers 'kabar file get \#kopi ' menu.txt
# What others have named so is a word for the shell, and nothing else.
offers 'kabar file get henderson n' 'notes\;touch\$\{IFS\}PWNED\;'
offers "kabar file get henderson 'n" ''
offers 'kabar file get henderson "n' ''
offers 'kabar file get henderson t' 'two\ words.txt'
offers "kabar file get henderson 't" 'two words.txt'
offers "kabar file send henderson a.txt $scratch/ask" "$scratch/asked"
offers 'kabar group members ' kopi
offers 'kabar group add ' ''
offers 'kabar inbox -r ' malang
offers 'kabar realm add ' ''

# The account of the line is the one that is asked.
: >"$scratch/asked"
offers 'kabar -a kantor send h' henderson
checks=$((checks + 1))
grep -q '^-a kantor -j conversations$' "$scratch/asked" || {
	failures=$((failures + 1))
	cat "$scratch/asked"
}

echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ "$failures" -eq 0 ]
