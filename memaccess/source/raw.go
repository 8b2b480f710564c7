package source

import (
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

// Raw opens a raw dump: a file whose offsets are guest-physical addresses. It is
// Open with that format.
func Raw(path string) (memaccess.Source, error) { return Open(path, formatRaw) }

// whole is a file of one run.
func whole(file *dumpfile.File) *dump {
	b := newBuilder(file)
	b.store(0, 0, uint64(file.Size), 0)
	extents, _ := arrange(b.found)
	return b.dump(extents)
}
