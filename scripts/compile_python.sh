#!/bin/sh
# Compiles all Python of the repository with the versions that it is for, and
# leaves no file behind.
set -eu
python3=.tools/py3/bin/python
python2=.tools/py2/bin/python

# compile PYTHON FILE...
compile() {
	python=$1
	shift
	"$python" - "$@" <<'PROGRAM'
import sys
for path in sys.argv[1:]:
    with open(path, "rb") as source:
        compile(source.read(), path, "exec")
sys.stdout.write("%d files compile under Python %s\n" % (len(sys.argv) - 1, sys.version.split()[0]))
PROGRAM
}

# list PATTERN...: files, one a line, that exist.
list() { git ls-files --cached --others --exclude-standard "$@" | while read -r file; do
	if [ -e "$file" ]; then echo "$file"; fi; done; }

# No path in the repository holds white space.
# shellcheck disable=SC2046
compile "$python3" $(list '*.py' '*.messages' ':!gen/python2' ':!golden/*/python2' ':!*volatility2/*')
if [ ! -x "$python2" ]; then
	echo "not compiled for Python 2.7, which is not there"
	[ "${VOLINT_REQUIRE_TOOLS:-}" != 1 ]
	exit
fi
# shellcheck disable=SC2046
compile "$python2" $(list 'gen/python/*.py' 'gen/python2/*.py' 'gen/python2/*.messages' 'golden/*/python/*.py' 'golden/*/python2/*.py' 'golden/*/python2/*.messages' 'runtime/python/*.py' 'memaccess/python/*.py' ':!runtime/python/volatility3' ':!*/*3.py')
