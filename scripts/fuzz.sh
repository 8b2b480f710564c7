#!/bin/sh
# fuzz.sh TIME: runs each of the repository's fuzz targets for that time.
set -eu
time=$1
git grep -h -o --untracked --full-name -n '^func Fuzz[A-Za-z0-9_]*' -- '*_test.go' >/dev/null ||
	{ echo "error: there is no fuzz target" >&2; exit 1; }
git grep -o --untracked '^func Fuzz[A-Za-z0-9_]*' -- '*_test.go' |
	while IFS=: read -r file function; do
		target=${function#func }
		echo "fuzz $target ($(dirname "$file")) for $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$(dirname "$file")" || exit 1
	done
