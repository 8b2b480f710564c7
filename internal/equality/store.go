package equality

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Store keeps what processes of Volatility's own printed, since one takes seconds: in
// a folder for each image, Volatility and release of it.
type Store struct {
	// Key changes with all that rows hang on: the image, its symbols, Volatility.
	Key        string
	volatility *Volatility
	folder     string
}

// NewStore returns the store for a Volatility in a folder for all.
func NewStore(folder string, v *Volatility) (*Store, error) {
	key, err := v.key()
	if err != nil {
		return nil, err
	}
	// What Volatility prints has the names of its files in it.
	paths := sha256.Sum256([]byte(strings.Join(v.files(), "\x00")))
	s := &Store{key, v, filepath.Join(folder, fmt.Sprintf("%s-%x", key, paths[:3]))}
	return s, os.MkdirAll(s.folder, 0o755)
}

func (v *Volatility) key() (string, error) {
	sum := sha256.New()
	for _, each := range v.files() {
		if err := addContent(sum, each); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("volatility%d-%s-%s", v.Version, v.Release+v.Extras, hex.EncodeToString(sum.Sum(nil)[:6])), nil
}

// files are the files and folders that Volatility reads.
func (v *Volatility) files() []string { return slices.Concat([]string{v.Image}, v.Plugins, v.Symbols) }

// addContent adds a file, or those of a folder.
func addContent(to io.Writer, path string) error {
	return filepath.WalkDir(path, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(to, f)
		return err
	})
}

func (s *Store) path(c Command) string {
	sum := sha256.Sum256([]byte(c.String()))
	return filepath.Join(s.folder, c.Plugin+"-"+hex.EncodeToString(sum[:4])+".json.gz")
}

// Known returns a table that is there.
func (s *Store) Known(c Command) (Table, bool) {
	packed, err := os.ReadFile(s.path(c))
	if err != nil {
		return Table{}, false
	}
	var t Table
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil || json.NewDecoder(unpacked).Decode(&t) != nil {
		return Table{}, false
	}
	return t, true
}

// Get returns a table, by a fresh process of Volatility's own if it isn't there.
func (s *Store) Get(ctx context.Context, c Command) (Table, error) {
	if t, ok := s.Known(c); ok {
		return t, nil
	}
	t, err := s.volatility.Run(ctx, c)
	if err != nil {
		return Table{}, err
	}
	return t, s.put(c, t)
}

func (s *Store) put(c Command, t Table) error {
	f, err := os.CreateTemp(s.folder, "new")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	packed := gzip.NewWriter(f)
	err = json.NewEncoder(packed).Encode(t)
	if err = errors.Join(err, packed.Close(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.path(c))
}
