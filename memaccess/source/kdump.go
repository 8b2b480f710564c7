package source

import (
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
	"github.com/volint/volint/memaccess/source/kdump"
)

// isKdump tells a file by its first bytes.
func isKdump(head []byte) bool { return kdump.Is(head) }

func openKdump(file *dumpfile.File) (memaccess.Source, error) { return kdump.Open(file) }
