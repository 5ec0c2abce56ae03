#!/bin/sh
#
# The direction of includes: a file of src/ includes files of its own floor and of floors below it,
# no two files need each other, and the path of a file is the prefix of its functions.

set -u

# The floors, from the ground up; a folder within a folder belongs to its floor.
floors="base net config store live chat auth backup peering bridge dialect legacy worker master ctl client"

# The client stands on these alone, and only its main needs it.
client="base net client"

# These floors hold the words of all others: their names stand in no prefix.
plain="base net live"

# Words that every program knows, and the other half of pack.
others="bug fatal fatalx unpack_init unpack_raw unpack_u8 unpack_u16 unpack_u32 unpack_u64
	unpack_i64 unpack_blob unpack_text"

cd "$(dirname "$0")/.." || exit 2

sources=$(find src -name '*.[ch]' | sort)
[ -n "$sources" ] || {
	echo "no sources below src"
	exit 2
}

# shellcheck disable=SC2086 # the list of files
arrows=$(awk -v floors="$floors" -v client="$client" '
	function floor(path) {
		return index(path, "/") ? substr(path, 1, index(path, "/") - 1) : "main"
	}
	BEGIN {
		n = split(floors " main", list, " ")
		for (i = 1; i <= n; i++)
			rank[list[i]] = i
	}
	FNR == 1 {
		from = substr(FILENAME, 5)
		if (!(floor(from) in rank))
			print "src/" from " is on no floor"
	}
	/^#[ \t]*include[ \t]+"/ {
		split($0, part, "\"")
		to = part[2]
		if (!(floor(to) in rank))
			print "src/" from ": " to " is on no floor"
		else if (rank[floor(to)] > rank[floor(from)])
			print "src/" from ": " to " is a floor above"
		else if ((floor(from) == "client" || from == "kabar.c") &&
		    !index(" " client " ", " " floor(to) " "))
			print "src/" from ": " to " is the server\047s"
		else if (floor(to) == "client" && floor(from) != "client" && from != "kabar.c")
			print "src/" from ": " to " is the client\047s"
	}' $sources)

# Each header and source of one name is one node. A node that needs none of those that are left, or
# that none of them needs, is no part of a circle; such nodes go until no more do.
# shellcheck disable=SC2086
circles=$(awk '
	function node(path) {
		sub(/\.[ch]$/, "", path)
		return path
	}
	FNR == 1 {
		from = node(substr(FILENAME, 5))
		left[from] = 1
	}
	/^#[ \t]*include[ \t]+"/ {
		split($0, part, "\"")
		to = node(part[2])
		if (to != from)
			arrow[from, to] = 1
	}
	END {
		do {
			split("", out)
			split("", in_)
			for (pair in arrow) {
				split(pair, end, SUBSEP)
				if (end[1] in left && end[2] in left)
					out[end[1]] = in_[end[2]] = 1
				else
					delete arrow[pair]
			}
			gone = 0
			for (name in left)
				if (!(name in out) || !(name in in_)) {
					delete left[name]
					gone = 1
				}
		} while (gone)
		for (pair in arrow) {
			split(pair, end, SUBSEP)
			print "circle: " end[1] " needs " end[2]
		}
	}' $sources | sort)

# The prefix of what the headers of a whole floor declare (FLOOR.h, FLOOR_*.h, int.h) is the floor.
# shellcheck disable=SC2086
names=$(awk -v plain="$plain" -v others="$others" '
	BEGIN {
		n = split(others, list, " ")
		for (i = 1; i <= n; i++)
			known[list[i]] = 1
		n = split(plain, list, " ")
		for (i = 1; i <= n; i++)
			bare[list[i]] = 1
	}
	FNR == 1 {
		path = substr(FILENAME, 5)
		n = split(path, part, "/")
		shared = FILENAME ~ /\.h$/ && (part[n] == "int.h" || part[n] == part[1] ".h" ||
		    index(part[n], part[1] "_") == 1)
		file = part[n]
		sub(/\.[ch]$/, "", file)
		floor = part[1]
		want = n == 1 ? "main" : floor in bare || file == floor ? file : floor "_" file
		previous = "static"
	}
	shared {
		for (rest = $0; match(rest, /[a-z_0-9]+\(/); rest = substr(rest, RSTART + RLENGTH))
			floors[substr(rest, RSTART, RLENGTH - 1)] = part[1]
	}
	FILENAME ~ /\.c$/ && /^[a-z_0-9]+\(/ && previous !~ /^(static|typedef)/ {
		name = $0
		sub(/\(.*/, "", name)
		defined[name] = path
		wanted[name] = want
		drawer[name] = n == 3 ? part[1] "_" part[2] : want
	}
	{ previous = $0 }
	END {
		for (name in defined) {
			want = name in floors ? floors[name] : wanted[name]
			if (name != want && index(name, want "_") != 1 && !(name in known) &&
			    index(name, drawer[name] "_") != 1)
				print "src/" defined[name] ": " name " does not begin with " want
		}
	}' $sources | sort)

# Each test stands once in tests/floors.
tests=$(for file in tests/test_*.c $(grep -l -e '^LLVMFuzzerTest' -e '^FUZZ_DIALOG' tests/fuzz/*.c); do
	name=${file#tests/}
	name=${name%.c}
	[ "$(sed '/^#/d; s/^[^:]*://' tests/floors | tr ' ' '\n' | grep -cx "$name")" = 1 ] ||
		echo "tests/floors: $name does not stand there once"
done)

found=
for list in "$arrows" "$circles" "$names" "$tests"; do
	[ -z "$list" ] || {
		printf '%s\n' "$list"
		found=yes
	}
done
[ -z "$found" ] || exit 1
echo "100%: Checks: 4, Failures: 0, Errors: 0"
