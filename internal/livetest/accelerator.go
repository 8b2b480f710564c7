package livetest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// kvmLimit is how long a guest may take to boot by KVM, which takes a second or two
// where it works. There are machines whose /dev/kvm starts no Linux.
const kvmLimit = 20 * time.Second

var kvm struct {
	sync.Once
	boots bool
}

// accelerator returns what the guest boots with fastest here, as -accel takes it, and
// further arguments.
func accelerator(emulator, folder string) (accel string, arguments []string) {
	kvm.Do(func() { kvm.boots = bootsByKVM(emulator, folder) })
	if kvm.boots {
		return "kvm", kvmProcessor
	}
	return "tcg", nil
}

// kvmProcessor leaves 5-level paging out, which Volatility can't follow.
var kvmProcessor = []string{"-cpu", "host,la57=off"}

// bootsByKVM boots the guest to see.
func bootsByKVM(emulator, folder string) bool {
	if f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0); err != nil || f.Close() != nil {
		return false
	}
	dir, err := os.MkdirTemp("", "kvm")
	if err != nil {
		return false
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), kvmLimit)
	defer cancel()
	console := filepath.Join(dir, "console")
	args := append([]string{"-accel", "kvm", "-m", "128M", "-nodefaults", "-no-user-config", "-display", "none"}, kvmProcessor...)
	cmd := exec.CommandContext(ctx, emulator, append(args, kernel(folder, console)...)...)
	if cmd.Start() != nil {
		return false
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	for {
		said, _ := os.ReadFile(console)
		if bytes.Contains(said, []byte(ready)) {
			cancel()
			<-ended
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}
