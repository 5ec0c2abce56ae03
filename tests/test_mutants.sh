#!/bin/sh
#
# The lists of mutants keep up with the source: the place of each is found, once.

exec "$(dirname "$0")/mutants/run" -n
