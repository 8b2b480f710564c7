//go:build !linux

package session

import "io/fs"

// fileStatus is not known here: nothing is kept of dumps.
func fileStatus(fs.FileInfo) string { return "" }
