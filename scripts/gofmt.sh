#!/bin/sh
# Fails, with the list, when a Go file is not formatted.
set -eu
files=$(git ls-files --cached --others --exclude-standard '*.go' |
	while read -r file; do if [ -e "$file" ]; then gofmt -l "$file"; fi; done)
[ -z "$files" ] && exit 0
echo "error: not formatted: $files" >&2
echo "hint: gofmt -w ." >&2
exit 1
