package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// ImageSize is the number of bytes of the unpacked image.
const ImageSize = 20 << 20

// Image returns the path of the memory image. It is unpacked on first use.
func Image(t testing.TB) string {
	t.Helper()
	path := filepath.Join(Root(), ".tools", "image", "linux-6.1-tiny.raw")
	if haveImage(path) {
		return path
	}
	if reason := unpack(); reason != "" {
		Need(t, false, "the unpacked memory image", howSetup+" ("+reason+")")
	}
	if !haveImage(path) {
		t.Fatalf("testenv: %s is not the image that was to be unpacked there", path)
	}
	return path
}

func haveImage(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == ImageSize
}

// unpack unpacks the image once a process; the script puts the file into its
// place whole, so that processes don't disturb each other. It returns why it
// could not.
var unpack = sync.OnceValue(func() string {
	python, ok := findTool("python3")
	if !ok {
		return "it takes python3 to unpack it"
	}
	out, err := exec.Command(python, filepath.Join(Root(), "scripts", "setup", "unpack_image.py")).CombinedOutput()
	if err != nil {
		return string(out) + err.Error()
	}
	return ""
})
