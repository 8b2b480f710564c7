package plan

import (
	"regexp"
	"strings"
)

var pythonName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// words makes a set.
func words(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// Keywords of Python, and names that can't be assigned to.
var (
	pythonKeywords = words(`and as assert break class continue def del elif else
		except finally for from global if import in is lambda not or pass raise
		return try while with yield None __debug__`)
	python2Keywords = words(`exec print`)
	python3Keywords = words(`False True async await nonlocal`)
)

// Names that the generated function has itself, under either version: a row or
// an import of the same name would hide them. So would one that begins with _, as
// its variables for the fields' values do.
var pythonOwn = words(`self data out outfd grid _write _values _rows _error support require Exception`)

func hidesPython(name string) bool { return pythonOwn[name] || strings.HasPrefix(name, "_") }

// Names in the scope of expressions, which a row's name would hide.
var pythonScope = words(`Address Address64 Bytes Hex c_string constants datetime exceptions
	format_hints interfaces linux_common obj objects renderers symbols utility utils`)

// isPythonName reports whether a variable may have this name under the Python of
// a version of Volatility.
func isPythonName(version int, s string) bool {
	more := python3Keywords
	if version == 2 {
		more = python2Keywords
	}
	return pythonName.MatchString(s) && !pythonKeywords[s] && !more[s]
}

// importMistake tells what is wrong with an import statement, or "". Only
// imports of named modules and names are allowed, in one line.
func importMistake(version int, statement string) string {
	text := strings.TrimSpace(statement)
	if rest, ok := strings.CutPrefix(text, "import "); ok {
		return importedNames(version, rest, true)
	}
	rest, ok := strings.CutPrefix(text, "from ")
	if !ok {
		return "it does not begin with `import` or `from`"
	}
	module, names, ok := strings.Cut(rest, " import ")
	module = strings.TrimSpace(module)
	switch {
	case !ok:
		return "`import` is missing"
	case module == "__future__":
		return "__future__ would change the meaning of the whole file"
	case strings.HasPrefix(module, "."):
		return "the module is relative, and the generated file lies in no package"
	case !isModule(version, module):
		return "the module's name is not one"
	case strings.TrimSpace(names) == "*":
		return "it does not name what it imports"
	}
	return importedNames(version, names, false)
}

// importedNames checks what stands after `import`, parts separated by commas.
func importedNames(version int, list string, modules bool) string {
	for _, part := range strings.Split(list, ",") {
		f := strings.Fields(part)
		ok := len(f) == 1 || len(f) == 3 && f[1] == "as" && isPythonName(version, f[2])
		if ok && modules {
			ok = isModule(version, f[0])
		} else if ok {
			ok = isPythonName(version, f[0])
		}
		if !ok {
			return "`" + strings.TrimSpace(part) + "` is not a name to import"
		}
		bound, _, _ := strings.Cut(f[len(f)-1], ".")
		if hidesPython(bound) {
			return "`" + bound + "` already stands for something else: add `as` and another name"
		}
	}
	return ""
}

// isModule reports whether s is names joined by dots.
func isModule(version int, s string) bool {
	for _, name := range strings.Split(s, ".") {
		if !isPythonName(version, name) {
			return false
		}
	}
	return true
}
