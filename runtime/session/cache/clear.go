package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Cleared is what Clear removed.
type Cleared struct {
	Entries int
	Bytes   int64
	// Busy is the number of indexes that a process is at work on, which stay.
	Busy int
}

// Clear removes what was last used before a time, or all for the zero Time, and what
// processes that are gone did not finish. It removes files that sessions make, told by
// their names, and nothing else. Sessions that run go on.
func (f Folder) Clear(before time.Time) (Cleared, error) {
	var c Cleared
	entries, err := f.Entries()
	if err != nil {
		return c, err
	}
	var failed error
	for _, e := range entries {
		if !before.IsZero() && !e.Used.Before(before) {
			continue
		}
		busy, err := e.remove()
		switch {
		case err != nil:
			failed = errors.Join(failed, err)
		case busy:
			c.Busy++
		default:
			c.Entries++
			c.Bytes += e.Size
		}
	}
	return c, errors.Join(failed, f.sweep())
}

// sweep removes what processes that are gone left unfinished.
func (f Folder) sweep() error {
	var failed error
	err := each(f.Store(), func(path string, info fs.FileInfo) {
		if strings.HasPrefix(info.Name(), unfinished) && time.Since(info.ModTime()) > forgotten && !info.IsDir() {
			failed = errors.Join(failed, removed(os.Remove(path)))
		}
	})
	return errors.Join(err, failed)
}

// remove removes an entry, unless it is busy. An index's lock stays, and so its folder:
// some process may be waiting for it.
func (e *Entry) remove() (busy bool, err error) {
	if e.Kind != Index {
		return false, removed(os.Remove(e.path))
	}
	release, free := lock(filepath.Join(e.path, "index.lock"))
	if !free {
		return true, nil
	}
	defer release()
	var failed error
	err = each(e.path, func(path string, info fs.FileInfo) {
		if indexFile.MatchString(info.Name()) && !info.IsDir() {
			failed = errors.Join(failed, removed(os.Remove(path)))
		}
	})
	return false, errors.Join(err, failed)
}

// removed is the error of a removal: to find nothing to remove is none.
func removed(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
