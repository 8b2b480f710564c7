package qemu

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// state is the note that a holder leaves while a guest stands by its doing, so that
// [Resume] knows whose doing it was where the holder was killed.
type state struct {
	Path    string `json:"path"` // of the QMP socket
	Process int    `json:"process"`
	Started uint64 `json:"started"`

	Holder        int       `json:"holder"`
	HolderStarted uint64    `json:"holder_started"`
	Until         time.Time `json:"until"` // the holder continues the guest by then
}

// held reports whether the holder is still there.
func (s *state) held() bool { return isAlive(s.Holder, s.HolderStarted) }

// stateFolders are where notes may be: in the user's own folder for such things,
// or else in one below /tmp, where others could have made it.
func stateFolders() []string {
	var folders []string
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		folders = append(folders, filepath.Join(dir, "volint"))
	}
	return append(folders, fmt.Sprintf("/tmp/volint-%d", os.Getuid()))
}

func stateName(path string) string {
	sum := sha256.Sum256([]byte(path))
	return fmt.Sprintf("held-%x.json", sum[:12])
}

// write leaves the note, and returns its path.
func (s *state) write() (string, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	var errs []error
	for _, dir := range stateFolders() {
		if err := ownFolder(dir, true); err != nil {
			errs = append(errs, err)
			continue
		}
		file := filepath.Join(dir, stateName(s.Path))
		temp := fmt.Sprintf("%s.%d", file, os.Getpid())
		if err := errors.Join(os.WriteFile(temp, text, 0o600), os.Rename(temp, file)); err != nil {
			errs = append(errs, err)
			continue
		}
		return file, nil
	}
	return "", errors.Join(errs...)
}

// ownFolder makes a folder for this user alone, if that is wanted, and refuses one
// that others can put files into.
func ownFolder(dir string, create bool) error {
	if create {
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(st.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s is not a folder of this user's alone", dir)
	}
	return nil
}

// readState finds the note about a guest, and its path; nil where there is none.
func readState(path string) (*state, string) {
	for _, dir := range stateFolders() {
		file := filepath.Join(dir, stateName(path))
		if ownFolder(dir, false) != nil {
			continue
		}
		text, err := readSmall(file)
		var s state
		if err == nil && json.Unmarshal(text, &s) == nil && s.Path == path {
			return &s, file
		}
	}
	return nil, ""
}

// readSmall reads a file that is a regular one and of this size.
func readSmall(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	b := make([]byte, 64<<10)
	n, err := f.Read(b)
	return b[:n], err
}
