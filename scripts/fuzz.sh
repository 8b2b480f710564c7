#!/bin/sh
# fuzz.sh TIME SCHEMAS: runs each of the repository's fuzz targets for that time,
# then so many random schemas that nobody has tried yet, for that time too.
set -eu
time=$1
schemas=$2

# run_target FUNCTION FOLDER: fuzzes a target of Go's. At the end of its time Go may take
# its own deadline for a failure, without an input that fails: that says nothing of the
# target, which is tried once more then.
run_target() {
	said=$(mktemp)
	for try in 1 2; do
		status=0
		go test -run '^$' -fuzz "^$1\$" -fuzztime "$time" -fuzzminimizetime 1s "./$2" >"$said" 2>&1 || status=$?
		cat "$said"
		if [ "$status" -eq 0 ] || [ "$try" -eq 2 ] || grep -q 'Failing input' "$said" ||
			! grep -q '^ *context deadline exceeded$' "$said"; then
			break
		fi
		echo "once more: Go's own deadline came in between"
	done
	rm -f "$said"
	return "$status"
}

# Go's own targets. generated_test.go is for packages that internal/fuzz makes.
targets=$(git grep -o --untracked '^func Fuzz[A-Za-z0-9_]*' -- '*_test.go' ':!internal/fuzz/generated_test.go') ||
	{ echo "error: there is no fuzz target" >&2; exit 1; }
echo "$targets" | while IFS=: read -r file function; do
	target=${function#func }
	echo "fuzz $target ($(dirname "$file")) for $time"
	run_target "$target" "$(dirname "$file")"
done

# Generated code in each language, through new paths.
for language in Go C Python3; do
	echo "fuzz generated code (internal/fuzz, Test$language) for $time"
	go test -count 1 -timeout 0 -v -run "^Test$language\$" ./internal/fuzz -native "$time"
done

# The memory server and client in C.
for target in Server Client; do
	echo "fuzz the memory $target in C (memaccess/c/tests, TestFuzz$target) for $time"
	go test -count 1 -timeout 0 -run "^TestFuzz$target\$" ./memaccess/c/tests -native "$time"
done

echo "fuzz $schemas new schemas (internal/fuzz) for $time"
go test -count 1 -timeout 0 -v -run '^Test(Peers|Dynamic|Go|C|Python2|Python3|DropIns)$' ./internal/fuzz -seed 0 -schemas "$schemas" -for "$time"
