#!/bin/sh
#
# What the built programs themselves show of the hardening flags: each that the compiler has is in
# effect. Runs in the build directory.

set -u

programs="src/kabar src/kabard src/kabarctl src/kabar-bridge"
checks=0
failures=0

# A variable of the build's Makefile.
makefile() {
	sed -n "s/^$1 = //p" Makefile
}

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

has() {
	printf '%s\n' "$2" | grep -Eq -e "$1"
}

lacks() {
	! has "$1" "$2"
}

# The compiler takes the flag, so the build has it.
takes() {
	echo 'int main(void) { return 0; }' >"$scratch/probe.c"
	# shellcheck disable=SC2086 # CC may hold several words
	$cc -Werror "$1" -c "$scratch/probe.c" -o "$scratch/probe.o" 2>"$scratch/said"
}

in_effect() {
	case " $cflags " in
	*" $1 "*) return 0 ;;
	esac
	! takes "$1"
}

# Of objects, or a program: how many are marked as made for indirect branch tracking and a shadow
# stack. A program is marked if the C library's own part of it is.
marked() {
	readelf -nW "$1" | grep -c 'x86 feature:.*IBT, SHSTK'
}

[ -x src/kabard ] || {
	echo "not a build directory"
	exit 2
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cc=$(makefile CC)
own=$(makefile KABAR_CFLAGS)
cflags="$own $(makefile CFLAGS)"
# shellcheck disable=SC2046,SC2086 # lists of words
optimised=$($cc $(makefile CFLAGS) -dM -E - </dev/null | grep -c __OPTIMIZE__)
sanitizers=$(printf '%s\n' "$own" | grep -c fsanitize)

for flag in -fPIE -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard; do
	check "$flag: the compiler has it, the build does not" in_effect "$flag"
done
[ "$sanitizers" -gt 0 ] ||
	check "-fstack-protector-strong: the build does not have it" in_effect -fstack-protector-strong

for program in $programs; do
	header=$(readelf -hW "$program")
	segments=$(readelf -lW "$program")
	dynamic=$(readelf -dW "$program")
	notes=$(readelf -nW "$program")
	symbols=$(readelf -W --dyn-syms "$program")
	check "$program: loaded at one address only" has 'Type: +DYN' "$header"
	check "$program: no PIE" has 'FLAGS_1.* PIE' "$dynamic"
	check "$program: relocated data stays writable" has 'GNU_RELRO' "$segments"
	check "$program: symbols are bound late" has '(BIND_NOW|FLAGS.* NOW)' "$dynamic"
	check "$program: executable stack" has 'GNU_STACK.* RW +0x' "$segments"
	check "$program: memory to write and to execute" lacks ' (RWE|WE) ' "$segments"
	check "$program: relocations in its text" lacks 'TEXTREL' "$dynamic"
	check "$program: libraries by a path of its own" lacks 'RPATH|RUNPATH' "$dynamic"
	if has 'X86-64' "$header" && has '-fcf-protection=full' "$own"; then
		check "$program: indirect branches go anywhere" \
			[ "$(marked src/libkabar.a)" -eq "$(ar t src/libkabar.a | wc -l)" ]
		[ "$(marked "$($cc -print-file-name=Scrt1.o)")" -eq 0 ] ||
			check "$program: not marked for CET" [ "$(marked "$program")" -gt 0 ]
	fi
	if has 'X86-64' "$header" && has '-fstack-clash-protection' "$own"; then
		objdump -d --no-show-raw-insn "$program" >"$scratch/code"
		check "$program: large frames are not probed" \
			grep -q 'or[lq] *[$]0x0,\(0x[0-9a-f]*\)\?(%rsp)' "$scratch/code"
	fi
	if has 'AArch64' "$header" && has '-mbranch-protection=standard' "$own"; then
		check "$program: no branch protection" has 'AArch64 feature:.*BTI' "$notes"
	fi
	[ "$sanitizers" -eq 0 ] || continue
	check "$program: no stack protector" has '__stack_chk_fail' "$symbols"
	[ "$optimised" -eq 0 ] ||
		check "$program: no fortified functions" has '__(mem|str|sn|vsn|read)[a-z]*_chk' "$symbols"
done

echo "$(((checks - failures) * 100 / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ "$failures" -eq 0 ]
