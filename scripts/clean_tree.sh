#!/bin/sh
# clean_tree.sh PATH...: fails, with the difference, when the work tree differs
# there from the last commit.
set -eu
changes=$(git status --porcelain -- "$@")
[ -z "$changes" ] && exit 0
git --no-pager diff -- "$@" | head -n 100
echo "error: these files are not what they are generated to be:" >&2
echo "$changes" >&2
echo "hint: run \`make generate\` and commit what changes" >&2
exit 1
