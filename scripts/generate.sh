#!/bin/sh
# generate.sh BUF: writes gen/ anew from schema/. The plug-in itself imports a
# package of gen/, so the old files stay until all new ones are there.
set -eu
buf=$1
fresh=.tools/generate
rm -rf "$fresh"
"$buf" generate -o "$fresh"
"$buf" generate --template buf.gen.wellknown.yaml -o "$fresh"
# What is made of an installed Volatility, not of schema/, stays: see its test in
# internal/optionstructs.
cp -R gen/go/volatility3options "$fresh/gen/go/"
for language in go c python python2 python3; do
	rm -rf "gen/$language"
	mv "$fresh/gen/$language" "gen/$language"
done
rm -rf "$fresh"
