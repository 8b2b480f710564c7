// Package python carries the Python sources that run inside Volatility: the
// support modules of the generated drop-ins, and the worker.
package python

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
)

// FS holds the sources: what both versions of Volatility use at the top, what
// one uses in "volatility2" or "volatility3", and the worker in "worker".
//
//go:embed *.py volatility2/*.py volatility3/*.py worker/*.py
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

// Worker returns the worker's modules, by name.
func Worker() []Source { return files("worker") }

// files reads a folder of FS, whose files can't be missing.
func files(folder string) []Source {
	names, err := fs.Glob(FS, path.Join(folder, "*.py"))
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
