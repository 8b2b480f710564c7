package equality

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/volint/volint/runtime/session"
)

// folderBelow makes a folder for one command's files; none below "". A plugin of
// Volatility 2 that has one writes its files, which vol.py by itself does not do where it
// prints JSON.
func folderBelow(files string) (string, error) {
	if files == "" {
		return "", nil
	}
	return os.MkdirTemp(files, "command")
}

// written are the files below a folder, sorted.
func written(folder string) ([]string, error) {
	var list []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		list = append(list, digest(filepath.Base(path), content))
		return nil
	})
	slices.Sort(list)
	return list, err
}

// ofResult are the files that a session says a plugin wrote, sorted. What it says of
// them has to be true.
func ofResult(files []session.File, folder string) ([]string, error) {
	var list []string
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(folder, f.Name))
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(content); f.Size != int64(len(content)) || f.SHA256 != hex.EncodeToString(sum[:]) {
			return nil, fmt.Errorf("of %s the session says that it is %d bytes with the SHA-256 %s", f.Name, f.Size, f.SHA256)
		}
		list = append(list, digest(f.Name, content))
	}
	slices.Sort(list)
	return list, nil
}

// digest is a file's name and the SHA-256 of its content; of a packed archive that of
// what is in it, since the archive has the time in it.
func digest(name string, content []byte) string {
	if unpacked, err := gzip.NewReader(bytes.NewReader(content)); err == nil {
		if inner, err := members(tar.NewReader(unpacked)); err == nil {
			content = inner
		}
	}
	sum := sha256.Sum256(content)
	return fmt.Sprintf("%s %d %s", name, len(content), hex.EncodeToString(sum[:]))
}

// members are the files in an archive, in its order.
func members(archive *tar.Reader) ([]byte, error) {
	var list []byte
	for {
		member, err := archive.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		list = fmt.Appendf(list, "%s %c %q %x\n", member.Name, member.Typeflag, member.Linkname, sha256.Sum256(content))
	}
}
