// Package python carries the Python sources that run inside Volatility: the
// support modules of the generated drop-ins, and the worker. It also has those
// that programs read and write rows with.
package python

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// FS holds the sources: what is shared at the top, what one version of Volatility
// uses in "volatility2" or "volatility3", what programs use in "program", and the
// worker in "worker".
//
//go:embed *.py volatility2/*.py volatility3/*.py program/*.py worker/*.py
var FS embed.FS

// Source is one Python file.
type Source struct {
	// Name is the file's name, without a folder: the modules lie flat beside the
	// generated ones.
	Name    string
	Content []byte
}

// Support returns the support modules for a version of Volatility, 2 or 3, by
// name. A folder with these and generated modules is a complete plug-in folder.
func Support(version int) []Source {
	return append(files("."), files(fmt.Sprintf("volatility%d", version))...)
}

// Program returns the modules that generated code for programs leans on, by name:
// those in "program", and of the shared ones what they import.
func Program() []Source {
	shared := map[string]Source{}
	for _, s := range files(".") {
		shared[strings.TrimSuffix(s.Name, ".py")] = s
	}
	needed := files("program")
	for i := 0; i < len(needed); i++ {
		for _, module := range imports(needed[i]) {
			if s, ok := shared[module]; ok {
				needed = append(needed, s)
				delete(shared, module)
			}
		}
	}
	slices.SortFunc(needed, func(x, y Source) int { return strings.Compare(x.Name, y.Name) })
	return needed
}

var relativeImport = regexp.MustCompile(`(?m)^ *from (?:\. import |\.)(\w+)`)

// imports names the modules beside it that a module imports.
func imports(s Source) []string {
	var names []string
	for _, m := range relativeImport.FindAllSubmatch(s.Content, -1) {
		names = append(names, string(m[1]))
	}
	return names
}

// Worker returns the worker's modules, by name, and those of the support modules
// that it uses without them.
func Worker() []Source {
	return append(files("worker"), matching("volatility2/volrender_grid.py")...)
}

// files reads a folder of FS, whose files can't be missing.
func files(folder string) []Source { return matching(path.Join(folder, "*.py")) }

func matching(pattern string) []Source {
	names, err := fs.Glob(FS, pattern)
	if err != nil {
		panic(err)
	}
	sources := make([]Source, len(names))
	for i, name := range names {
		content, err := FS.ReadFile(name)
		if err != nil {
			panic(err)
		}
		sources[i] = Source{Name: path.Base(name), Content: content}
	}
	return sources
}
