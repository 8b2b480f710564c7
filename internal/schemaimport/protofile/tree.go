package protofile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/runtime/session"
)

// Tree are the .proto files below a folder, by their paths from it, with slashes.
type Tree struct {
	files []*File
}

// ownFolder has volint's options, which no import has business with.
const ownFolder = "volint/volrender/"

// ReadTree reads the .proto files below a folder; one that is not there has none. The
// error is a *Mistake where a file is not as it should be.
func ReadTree(dir string) (*Tree, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return &Tree{}, nil
	}
	return ReadFS(os.DirFS(dir))
}

// ReadFS is ReadTree for a file system.
func ReadFS(fsys fs.FS) (*Tree, error) {
	t := &Tree{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir(), !strings.HasSuffix(name, ".proto"), strings.HasPrefix(name, ownFolder):
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		return t.Add(name, text)
	})
	return t, err
}

// Add adds a file.
func (t *Tree) Add(name string, text []byte) error {
	f, err := Parse(name, text)
	if err == nil {
		t.files = append(t.files, f)
	}
	return err
}

// Take adds the files of another tree.
func (t *Tree) Take(other *Tree) { t.files = append(t.files, other.files...) }

// Files are the tree's files.
func (t *Tree) Files() []*File { return t.files }

// file is the file at a path, or nil.
func (t *Tree) file(path string) *File {
	for _, f := range t.files {
		if f.Name == path {
			return f
		}
	}
	return nil
}

// Update is what becomes of a file.
type Update struct {
	// Path is the file's, from the tree's folder.
	Path string
	// Before is nil for a file that is not there.
	Before, After []byte
	Changes       []Change
}

// Changed says whether the file becomes another.
func (u *Update) Changed() bool { return !bytes.Equal(u.Before, u.After) || u.Before == nil }

// Merge merges what is wanted into the tree's files, and says what becomes of each,
// those without changes too. A message that is there stays in the file that it is in,
// where that is of the package that it is wanted in, of that package's other version of
// Volatility, or of any with anywhere set. No
// file is ready.
func (t *Tree) Merge(wants []*schemaimport.File, scope Scope, anywhere bool) ([]Update, error) {
	if scope.All {
		scope.known = plugins(wants)
	}
	at := map[string]*schemaimport.File{}
	var order []string
	want := func(path string, like *schemaimport.File) *schemaimport.File {
		if at[path] == nil {
			file := *like
			file.Path, file.Messages = path, nil
			at[path] = &file
			order = append(order, path)
		}
		return at[path]
	}
	for _, w := range wants {
		for _, m := range w.Messages {
			file := want(t.home(w, m, anywhere), w)
			file.Messages = append(file.Messages, m)
		}
	}
	for _, f := range t.files {
		if scope.All && slices.ContainsFunc(wants, func(w *schemaimport.File) bool { return w.Package == f.Package }) {
			want(f.Name, &schemaimport.File{Package: f.Package})
		}
	}
	var updates []Update
	for _, path := range order {
		u, err := t.update(at[path], scope)
		if err != nil {
			return nil, err
		}
		updates = append(updates, u)
	}
	return updates, nil
}

// home is the path of the file that a wanted message belongs in.
func (t *Tree) home(w *schemaimport.File, m *schemaimport.Message, anywhere bool) string {
	if f := t.file(w.Path); f != nil && f.Find(m) != nil {
		return w.Path
	}
	for _, f := range t.files {
		if (anywhere || sameHouse(f.Package, w.Package)) && f.findTable(m) != nil {
			return f.Name
		}
	}
	return w.Path
}

// sameHouse says whether two packages differ by no more than the version of
// Volatility: a message that serves both stands in that of one, and is found there by
// an import of the other alone.
func sameHouse(a, b string) bool { return lessVolatility(a) == lessVolatility(b) }

// lessVolatility is a package's name without a part such as volatility2.
func lessVolatility(pkg string) string {
	parts := strings.Split(pkg, ".")
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "volatility2" || p == "volatility3" }), ".")
}

func (t *Tree) update(want *schemaimport.File, scope Scope) (Update, error) {
	f, u := t.file(want.Path), Update{Path: want.Path}
	if f == nil {
		var err error
		if f, err = Parse(want.Path, nil); err != nil {
			return u, err
		}
	} else {
		u.Before = []byte(f.bom + f.text)
	}
	var err error
	u.After, u.Changes, err = f.Merge(want, scope)
	return u, err
}

// plugins are the names of all plugins that wanted messages are of.
func plugins(wants []*schemaimport.File) map[session.Version]map[string]bool {
	known := map[session.Version]map[string]bool{}
	for _, v := range versions {
		known[v] = map[string]bool{}
		for _, w := range wants {
			for _, m := range w.Messages {
				for _, name := range pluginNames(sourceOf(m.Command, v)) {
					known[v][name] = true
				}
			}
		}
	}
	return known
}

// pluginNames are all names that a source has for its plugin.
func pluginNames(s *volrenderv1.Source) []string {
	if s.GetPlugin() == "" {
		return nil
	}
	return append([]string{s.GetPlugin()}, s.GetAliases()...)
}

// Write writes the files that change, below a folder: all of them, or where that fails
// none.
func Write(dir string, updates []Update) error {
	var done []ready
	undo := func(err error) error {
		for _, w := range slices.Backward(done) {
			w.undo()
		}
		return err
	}
	for _, u := range updates {
		if !u.Changed() {
			continue
		}
		w, err := prepare(filepath.Join(dir, filepath.FromSlash(u.Path)), u)
		if err != nil {
			return undo(err)
		}
		done = append(done, w)
	}
	for i := range done {
		if err := os.Rename(done[i].temporary, done[i].path); err != nil {
			return undo(err)
		}
		done[i].placed = true
	}
	return nil
}

// ready is a file that is ready beside the one that it replaces.
type ready struct {
	path, temporary string
	before          []byte
	placed          bool
}

func prepare(path string, u Update) (ready, error) {
	// A link stays one: what it leads to is replaced.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return ready{}, err
	}
	w := ready{path: path, temporary: path + ".partial", before: u.Before}
	mode := fs.FileMode(0o666)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := os.WriteFile(w.temporary, u.After, mode); err != nil {
		os.Remove(w.temporary)
		return ready{}, err
	}
	return w, nil
}

func (w *ready) undo() {
	switch {
	case !w.placed:
		os.Remove(w.temporary)
	case w.before == nil:
		os.Remove(w.path)
	default:
		// The file was there and could be replaced a moment ago.
		_ = os.WriteFile(w.path, w.before, 0o666)
	}
}
