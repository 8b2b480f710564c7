package cache

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Index is the kind of the indexes of symbol files.
const Index = "index"

// Entry is one thing that is kept.
type Entry struct {
	// Kind is who reads it: "symbols" and "profile" are files of symbols in a form that
	// is read fast, "image" what was found out about a dump, and "index" which symbol
	// file is for which kernel.
	Kind string
	// Of is what it is of, for people: "" where nobody knows.
	Of string
	// Size is in bytes.
	Size int64
	// Used is when it was used last, Made when it was made.
	Used, Made time.Time

	path string
}

// format is the format of entries, and header the line that each begins with:
// runtime/python/worker/storefile.py describes them.
const (
	format    = "volint store 1"
	mostBytes = 4096
)

type header struct {
	Format string `json:"format"`
	Kind   string `json:"kind"`
	Note   string `json:"note"`
	Made   int64  `json:"made"`
}

var (
	entryName = regexp.MustCompile(`^([a-z][a-z0-9]*)-[0-9a-f]{32}$`)
	indexName = regexp.MustCompile(`^[0-9a-f]{16}$`)
	// indexFile are files that volint and Volatility make beside an index.
	indexFile = regexp.MustCompile(`^(identifier\.cache(-journal)?|index\.state(\.new)?|data_[0-9a-f]{128}\.cache)$`)
)

const (
	unfinished = ".new-"
	forgotten  = time.Hour
)

// Entries returns what is kept, used last first. A folder that is not there holds
// nothing.
func (f Folder) Entries() ([]Entry, error) {
	stored, err := f.stored()
	if err != nil {
		return nil, err
	}
	indexes, err := f.indexEntries()
	if err != nil {
		return nil, err
	}
	entries := append(stored, indexes...)
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(b.Used.Compare(a.Used), cmp.Compare(a.path, b.path))
	})
	return entries, nil
}

func (f Folder) stored() ([]Entry, error) {
	var entries []Entry
	err := each(f.Store(), func(path string, info fs.FileInfo) {
		name := entryName.FindStringSubmatch(info.Name())
		if name == nil || info.IsDir() {
			return
		}
		e := Entry{Kind: name[1], Size: info.Size(), Used: info.ModTime(), path: path}
		if h, ok := readHeader(path, info); ok {
			e.Of, e.Made = h.Note, time.Unix(h.Made, 0)
		}
		entries = append(entries, e)
	})
	return entries, err
}

// readHeader reads an entry's first line. What is broken or of another version is
// an entry all the same, of which nothing is known.
func readHeader(path string, info fs.FileInfo) (h header, ok bool) {
	if !info.Mode().IsRegular() {
		return h, false
	}
	file, err := os.Open(path)
	if err != nil {
		return h, false
	}
	defer file.Close()
	line, err := bufio.NewReaderSize(io.LimitReader(file, mostBytes), mostBytes).ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &h) != nil || h.Format != format {
		return header{}, false
	}
	return h, true
}

func (f Folder) indexEntries() ([]Entry, error) {
	var entries []Entry
	err := each(f.indexes(), func(path string, info fs.FileInfo) {
		if !indexName.MatchString(info.Name()) || !info.IsDir() {
			return
		}
		e := Entry{Kind: Index, Of: foldersOf(path), path: path}
		// One that can't be read, or was cleared, is shown no more.
		_ = each(path, func(_ string, info fs.FileInfo) {
			if !indexFile.MatchString(info.Name()) {
				return
			}
			e.Size += info.Size()
			if info.ModTime().After(e.Used) {
				e.Used = info.ModTime()
			}
			if e.Made.IsZero() || info.ModTime().Before(e.Made) {
				e.Made = info.ModTime()
			}
		})
		if e.Size > 0 {
			entries = append(entries, e)
		}
	})
	return entries, err
}

// foldersOf is what an index's state says of the folders that it is of: see
// symbols3.py.
func foldersOf(index string) string {
	state, err := os.ReadFile(filepath.Join(index, "index.state"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(state)) {
		var folders []string
		if json.Unmarshal([]byte(line), &folders) == nil {
			return strings.Join(folders, ", ")
		}
	}
	return ""
}

// each calls do for what is in a folder, which need not be there.
func each(folder string, do func(path string, info fs.FileInfo)) error {
	found, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range found {
		if info, err := entry.Info(); err == nil { // else it is gone
			do(filepath.Join(folder, entry.Name()), info)
		}
	}
	return nil
}
