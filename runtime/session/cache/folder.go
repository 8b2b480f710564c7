// Package cache is what sessions keep on disk between processes: where it is, what
// is in it, and how it is cleared. The worker reads and writes it
// (runtime/python/worker/store.py, which says how the files look).
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/volint/volint/internal/bytesize"
)

// DefaultLimit is how large a store may become, in bytes, where nothing else is said.
const DefaultLimit = 2 << 30

// Folder is a cache's root. In it are a store, and an index of symbol files for each
// set of folders that symbols were looked for in.
type Folder string

// Default is the folder of VOLINT_CACHE, else volint in the user's cache folder.
func Default() Folder {
	if set := os.Getenv("VOLINT_CACHE"); set != "" {
		return Folder(set)
	}
	root, err := os.UserCacheDir()
	if err != nil {
		root = filepath.Join(os.TempDir(), fmt.Sprintf("cache-%d", os.Getuid()))
	}
	return Folder(filepath.Join(root, "volint"))
}

// Store is the folder of the store.
func (f Folder) Store() string { return filepath.Join(string(f), "store") }

// indexes is the folder of all indexes of symbol files.
func (f Folder) indexes() string { return filepath.Join(string(f), "volatility3") }

// Index is the folder of Volatility 3's index of the symbol files in folders. The
// index holds those of one set of folders, and forgets others.
func (f Folder) Index(symbols []string) string {
	sum := sha256.Sum256([]byte(strings.Join(symbols, "\x00")))
	return filepath.Join(f.indexes(), hex.EncodeToString(sum[:8]))
}

// Limit is the limit of VOLINT_CACHE_LIMIT, a number of bytes such as 500M; else
// DefaultLimit. It is negative where nothing is to be kept, which the variable says
// by 0.
func Limit() (int64, error) {
	set := os.Getenv("VOLINT_CACHE_LIMIT")
	if set == "" {
		return DefaultLimit, nil
	}
	n, err := bytesize.Parse(set)
	if err != nil {
		return 0, fmt.Errorf("VOLINT_CACHE_LIMIT: %w", err)
	}
	if n == 0 {
		n = -1
	}
	return n, nil
}
