package main

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/volint/volint/gen"
	"github.com/volint/volint/internal/bytesize"
	"github.com/volint/volint/memaccess/qemu"
	"github.com/volint/volint/runtime/session"
)

// settings are the flags of all that opens a session.
type settings struct {
	config     session.Config
	volatility int
	memory     size
	filesLimit size
	timeout    time.Duration
}

func (s *settings) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&s.config.Image, "file", "f", "", "`LOCATION` of the memory (needed)")
	f.BoolVar(&s.config.Pause, "pause", false, "stop the guest while a command reads its memory")
	f.DurationVar(&s.config.MaxHold, "max-hold", 0, "let the guest stand for `TIME` at most (default 1m)")
	f.StringVar(&s.config.Profile, "profile", "", "Volatility 2's `PROFILE`, such as LinuxDebian12x64")
	f.BoolVar(&s.config.Strict, "strict", false, "fail when a plugin lacks a column of the message")
	f.DurationVar(&s.timeout, "timeout", 0, "end a command that takes longer than `TIME`")
	f.StringVar(&s.config.Files, "files", "", "`DIR` for files that plugins write; it is made where needed")
	f.Var(&s.filesLimit, "files-limit", "what a command's files may have together (default 8G)")
	f.Var(&s.memory, "memory-limit", "the memory that a command may take, such as 2G")
	f.StringVar(&s.config.Cache, "cache", "", "`DIR` of what is kept from one run to the next")
	whereFlags(cmd, &s.config, &s.volatility)
}

// check finds the mistakes in what was set for the command name.
func (s *settings) check(name string) error {
	switch {
	case s.config.Image == "":
		return misuse("volint "+name+" -f LOCATION", "volint %s needs memory: -f LOCATION", name)
	case s.config.MaxHold < 0:
		return misuse("--max-hold takes a time such as 30s", "a guest can't stand for %v", s.config.MaxHold)
	case s.config.MaxHold > 0 && !s.config.Pause:
		return misuse("put --pause before it", "--max-hold says how long a guest may stand, and it is not to stand")
	case s.timeout < 0:
		return misuse("--timeout takes a time such as 30s", "a command can't end within %v", s.timeout)
	}
	return setVersion(&s.config, s.volatility)
}

// openSession opens the session that is set.
func (a *app) openSession(ctx context.Context, s *settings) (session.Runner, error) {
	var err error
	if s.config.DropIns, err = dropIns(); err != nil {
		return nil, err
	}
	if s.config.Files != "" {
		if err := os.MkdirAll(s.config.Files, 0o777); err != nil {
			return nil, cannotWrite(err)
		}
	}
	s.config.MemoryLimit, s.config.FilesLimit = int64(s.memory), int64(s.filesLimit)
	s.config.Holder = holder()
	s.config.Log = a.ui.logger()
	return a.open(ctx, s.config)
}

// holder is the command line of this program that holds a guest while it stands;
// nil where the program can't tell where it is.
func holder() []string {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	return []string{self, qemu.HolderCommand}
}

// dropIns are the generated Python modules of the shipped schemas.
func dropIns() (map[session.Version]fs.FS, error) {
	python2, err2 := fs.Sub(gen.Files, "python2")
	python3, err3 := fs.Sub(gen.Files, "python3")
	return map[session.Version]fs.FS{session.Volatility2: python2, session.Volatility3: python3}, cmp.Or(err2, err3)
}

// size is a flag's number of bytes.
type size int64

func (s *size) String() string { return strconv.FormatInt(int64(*s), 10) }
func (s *size) Type() string   { return "SIZE" }

func (s *size) Set(text string) error {
	n, err := bytesize.Parse(text)
	if err != nil || n == 0 {
		return strconv.ErrSyntax
	}
	*s = size(n)
	return nil
}
