//go:build !unix

package kdump

import "github.com/volint/volint/memaccess/source/internal/dumpfile"

func mapFile(*dumpfile.File) []byte { return nil }

func unmapFile([]byte) {}
