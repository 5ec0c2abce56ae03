# Finds the place of a mutant: the text at the definition of a function, table or macro.
# awk -v name=NAME -v text=TEXT -f place.awk FILE... prints FILE:LINE of each occurrence;
# with -v change=TEXT and one FILE it prints that file with the occurrence replaced.
# The three are passed through the environment (MUTANT_NAME and so on), since -v takes
# backslashes for escapes.

BEGIN {
	name = ENVIRON["MUTANT_NAME"]
	text = ENVIRON["MUTANT_TEXT"]
	changing = "MUTANT_CHANGE" in ENVIRON
	change = ENVIRON["MUTANT_CHANGE"]
}

FNR == 1 {
	inside = 0
}

# A definition begins in the first column, or with the line that names the macro.
!inside && begins($0) {
	inside = 1
	macro = /^#/
	opened = 0
}

{
	found = 0
	if (inside) {
		found = occurrences($0)
		for (i = 0; i < found; i++)
			place(FILENAME ":" FNR)
		if (ends($0)) {
			flush_places()
			inside = 0
		}
	}
	if (changing) {
		if (found) {
			at = index($0, text)
			print substr($0, 1, at - 1) change substr($0, at + length(text))
		} else {
			print
		}
	}
}

# name, as a whole word, before anything that a statement would have in front of it
function begins(line,    at, before, after) {
	if (line !~ /^[A-Za-z_#]/)
		return 0
	at = index(line, name)
	if (at == 0)
		return 0
	before = substr(line, 1, at - 1)
	after = substr(line, at + length(name))
	if (before ~ /[A-Za-z0-9_]$/ || after ~ /^[A-Za-z0-9_]/)
		return 0
	if (line ~ /^#/)
		return before ~ /^#[ \t]*define[ \t]+$/
	return before !~ /[(=;]/
}

# The last line of the definition; a declaration alone has no places.
function ends(line) {
	if (macro)
		return line !~ /\\$/
	if (line ~ /\{/)
		opened = 1
	if (line ~ /^\}/)
		return 1
	if (line ~ /;[ \t]*(\/\*.*\*\/)?$/ && !opened) {
		if (line ~ /\)[ \t]*;/ && line !~ /=/)
			n_places = 0
		return 1
	}
	return line ~ /\};$/ && line !~ /^[ \t]/
}

function occurrences(line,    n, at) {
	for (n = 0; (at = index(line, text)) > 0; n++)
		line = substr(line, at + length(text))
	return n
}

function place(where) {
	places[n_places++] = where
}

function flush_places(    i) {
	if (!changing)
		for (i = 0; i < n_places; i++)
			print places[i]
	n_places = 0
}
