#!/bin/sh
#
# pack.sh DIRECTORY FILE...
# Prints the page's files as C, in the form of assets.h. A file's name tells its type.

set -eu
LC_ALL=C
export LC_ALL

fail() {
	echo "pack.sh: $*" >&2
	exit 1
}

type_of() {
	case $1 in
	*.html) echo "text/html; charset=utf-8" ;;
	*.css) echo "text/css; charset=utf-8" ;;
	*.js) echo "text/javascript; charset=utf-8" ;;
	*.svg) echo "image/svg+xml" ;;
	*.png) echo "image/png" ;;
	*) fail "$1: a type without a name" ;;
	esac
}

# The bytes of the standard input as numbers.
numbers() {
	od -An -v -tu1 | sed 's/[ 	][ 	]*/,/g; s/^,//; s/$/,/'
}

hash_of() {
	sha256sum <"$1" | cut -c1-32
}

directory=$1
shift
echo '/* The files of the page, made by pack.sh. */'
echo '#include "dialect/web/assets.h"'
n=0
for file; do
	echo "static const unsigned char plain_${n}[] = {"
	numbers <"$directory/$file"
	echo "};"
	echo "static const unsigned char gzip_${n}[] = {"
	gzip -9nc <"$directory/$file" | numbers
	echo "};"
	n=$((n + 1))
done
echo "const struct dialect_web_asset dialect_web_assets[] = {"
n=0
for file; do
	type=$(type_of "$file")
	hash=$(hash_of "$directory/$file")
	echo "	{ \"${file##*/}\", \"$type\", \"$hash\", plain_$n, gzip_$n,"
	echo "	    sizeof(plain_$n), sizeof(gzip_$n) },"
	n=$((n + 1))
done
echo "	{ NULL, NULL, NULL, NULL, NULL, 0, 0 },"
echo "};"
