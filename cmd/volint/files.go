package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// newFile is a file to write: its path below a folder, with slashes.
type newFile struct {
	name    string
	content []byte
}

// writeFiles writes files below a folder, which it makes where needed. A file
// that is there with another content is an error before anything is written,
// unless force is set; one with the same content is left alone.
func writeFiles(dir string, files []newFile, force bool) error {
	if !force {
		if err := checkFiles(dir, files); err != nil {
			return err
		}
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return cannotWrite(err)
		}
		if err := os.WriteFile(path, f.content, 0o666); err != nil {
			return cannotWrite(err)
		}
	}
	return nil
}

func checkFiles(dir string, files []newFile) error {
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		old, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && bytes.Equal(old, f.content) {
			continue
		}
		if err != nil {
			return cannotWrite(err)
		}
		return fail("name another folder, or use --force to overwrite", "%s is there already, with another content; nothing was written", path)
	}
	return nil
}

// filesOf are the files below a folder of an embedded file system that keep
// wants, named from that folder on and put under prefix.
func filesOf(fsys fs.FS, root, prefix string, keep func(name string) bool) ([]newFile, error) {
	var files []newFile
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !keep(name) {
			return err
		}
		content, err := fs.ReadFile(fsys, name)
		files = append(files, newFile{prefix + strings.TrimPrefix(name, root+"/"), content})
		return err
	})
	return files, err
}
