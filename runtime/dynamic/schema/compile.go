package schema

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/reflect/protoreflect"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
)

// compile makes a schema of a .proto file.
func compile(path string, content []byte, dirs []string) (*Schema, error) {
	s := newSources(path, content, dirs)
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(protocompile.CompositeResolver{
		protocompile.ResolverFunc(s.find), protocompile.ResolverFunc(findOptions),
	})}
	files, err := compiler.Compile(context.Background(), s.name)
	if err != nil {
		return nil, s.failed(err)
	}
	return newSchema(path, []protoreflect.FileDescriptor{files[0]}, nil), nil
}

// findOptions finds volrender's files in the program.
func findOptions(name string) (protocompile.SearchResult, error) {
	for _, f := range []protoreflect.FileDescriptor{
		volrenderv1.File_volint_volrender_v1_options_proto, volrenderv1.File_volint_volrender_v1_absence_proto,
		volrenderv1.File_volint_volrender_v1_values_proto,
	} {
		if f.Path() == name {
			return protocompile.SearchResult{Desc: f}, nil
		}
	}
	return protocompile.SearchResult{}, fs.ErrNotExist
}

// sources are .proto files by the names that imports have for them.
type sources struct {
	path      string // of the schema, which is name in dir
	dir, name string
	dirs      []string

	mu     sync.Mutex // protocompile reads several at once
	opened map[string]source
}

type source struct {
	path    string
	content []byte
}

// newSources gives the file the name by which others would import it: its path
// from the first folder that it lies in.
func newSources(path string, content []byte, dirs []string) *sources {
	if len(dirs) == 0 {
		dirs = []string{filepath.Dir(path), "."}
	}
	s := &sources{path: path, dir: filepath.Dir(path), name: filepath.Base(path), dirs: dirs, opened: map[string]source{}}
	for _, dir := range dirs {
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			s.dir, s.name = dir, filepath.ToSlash(rel)
			break
		}
	}
	s.opened[s.name] = source{path, content}
	return s
}

func (s *sources) find(name string) (protocompile.SearchResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.opened[name]; ok {
		return protocompile.SearchResult{Source: bytes.NewReader(known.content)}, nil
	}
	for _, dir := range s.dirs {
		path := filepath.Join(dir, filepath.FromSlash(name))
		content, err := readSource(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return protocompile.SearchResult{}, &importError{name, err}
		}
		s.opened[name] = source{path, content}
		return protocompile.SearchResult{Source: bytes.NewReader(content)}, nil
	}
	return protocompile.SearchResult{}, &importError{name, fs.ErrNotExist}
}

// readSource reads a file that another imports.
func readSource(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(content) > maxSize {
		err = fmt.Errorf("it has more than %d MiB", maxSize>>20)
	}
	return content, err
}

// failed words the compiler's error for the user.
func (s *sources) failed(err error) error {
	e := &Error{File: s.path, Msg: err.Error(), Advice: "correct the schema there"}
	var positioned reporter.ErrorWithPos
	if !errors.As(err, &positioned) {
		return e
	}
	place := positioned.GetPosition()
	e.File, e.Line, e.Column = place.Filename, place.Line, place.Col
	e.Msg = positioned.Unwrap().Error()
	s.mu.Lock() // the compiler may not have stopped reading
	file, ok := s.opened[place.Filename]
	s.mu.Unlock()
	if ok {
		e.File = file.path
	}
	var imported *importError
	switch m := edition.FindSubmatch(file.content); {
	case errors.As(err, &imported):
		e.Msg, e.Advice = imported.Error(), s.whereIs(imported.name)
	case m != nil && !slices.Contains(knownEditions, string(m[1])):
		e.Line, e.Column = 0, 0
		e.Msg = fmt.Sprintf("it is written in edition %s, and volint reads the source of editions up to %s", m[1], knownEditions[len(knownEditions)-1])
		e.Advice = "have buf or protoc make a descriptor set, and give that: buf build -o schema.binpb, " +
			"or protoc -I " + s.dir + " --include_imports --descriptor_set_out=schema.binpb " + s.name
	}
	return e
}

// importError is an import that can't be read.
type importError struct {
	name string
	err  error
}

func (e *importError) Error() string {
	if errors.Is(e.err, fs.ErrNotExist) {
		return fmt.Sprintf("there is no %s to import", e.name)
	}
	return fmt.Sprintf("can't import %s: %v", e.name, e.err)
}

func (e *importError) Unwrap() error { return e.err }

// edition is a file's edition; comments and the like may precede it. knownEditions
// are those that protocompile knows.
var (
	edition       = regexp.MustCompile(`(?m)^\s*edition\s*=\s*["'](\w+)["']`)
	knownEditions = []string{"2023"}
)

// whereIs looks for an import in the folders above the schema, as one finds it who
// gives the path of a file deep in a module.
func (s *sources) whereIs(name string) string {
	dir, err := filepath.Abs(filepath.Dir(s.path))
	for err == nil && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			if here, err := os.Getwd(); err == nil {
				if rel, err := filepath.Rel(here, dir); err == nil && len(rel) < len(dir) {
					dir = rel
				}
			}
			return "give the folder that imports start from: -I " + dir
		}
	}
	return "give the folder that imports start from, -I DIR, or a descriptor set, which has all in one file"
}
