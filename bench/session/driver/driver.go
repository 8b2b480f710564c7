package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/volint/volint/gen"
	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// driver holds the sessions that are open, and the guest.
type driver struct {
	sessions map[string]session.Runner
	guest    *livetest.Guest
	bench    *bench
}

func newDriver() *driver {
	return &driver{sessions: map[string]session.Runner{}, bench: &bench{}}
}

func (d *driver) do(r request) (answer, error) {
	switch r.Do {
	case "open":
		return answer{}, d.open(r)
	case "run":
		return d.run(r)
	case "all":
		return d.all(r)
	case "close":
		s := d.sessions[r.Session]
		delete(d.sessions, r.Session)
		return answer{}, s.Close()
	}
	return d.machine(r)
}

func (d *driver) open(r request) error {
	config := session.Config{
		Image: r.Image, Version: session.Version(r.Version), Python: r.Python, Profile: r.Profile, Cache: r.Cache,
		Pause: r.Pause, Plugins: []string{}, Symbols: []string{r.Folder},
	}
	if config.Version == session.Volatility2 {
		config.Plugins, config.Symbols = config.Symbols, config.Plugins
	}
	if r.Pause {
		config.Holder = holder()
	}
	var err error
	if config.DropIns, err = dropIns(); err != nil {
		return err
	}
	s, err := session.Open(context.Background(), config)
	if err == nil {
		d.sessions[r.Session] = s
	}
	return err
}

func dropIns() (map[session.Version]fs.FS, error) {
	two, err2 := fs.Sub(gen.Files, "python2")
	three, err3 := fs.Sub(gen.Files, "python3")
	return map[session.Version]fs.FS{session.Volatility2: two, session.Volatility3: three}, errors.Join(err2, err3)
}

// run runs one command, and fails with it.
func (d *driver) run(r request) (answer, error) {
	a, err := d.command(r, r.Plugins[0])
	if err != nil {
		err = fmt.Errorf("%s: %w", r.Plugins[0], err)
	}
	return a, err
}

func (d *driver) command(r request, plugin string) (a answer, err error) {
	start := time.Now()
	run, err := d.start(r, plugin)
	if err != nil {
		return a, err
	}
	defer run.Close()
	save := io.Discard
	if r.Save != "" {
		f, err := os.Create(r.Save)
		if err != nil {
			return a, err
		}
		buffered := bufio.NewWriter(f)
		defer func() { err = errors.Join(err, buffered.Flush(), f.Close()) }()
		save = buffered
	}
	rows := row.NewReader(run.Frames())
	for frame, err := range rows.Frames() {
		if err != nil {
			break // which Wait tells of
		}
		if a.Rows++; a.Rows == 1 {
			a.First = time.Since(start).Nanoseconds()
		}
		if _, err := fmt.Fprintf(save, "%s\n", frame); err != nil {
			return a, err
		}
	}
	result, err := run.Wait()
	a.NS = time.Since(start).Nanoseconds()
	a.Cold = result.Cold
	return a, err
}

func (d *driver) start(r request, plugin string) (session.Run, error) {
	s := d.sessions[r.Session]
	return s.Start(context.Background(), session.Request{Message: r.Message, Plugin: plugin, Args: r.Args})
}

// all runs commands, so many side by side, and notes which failed.
func (d *driver) all(r request) (answer, error) {
	a := answer{Failed: map[string]string{}}
	var lock sync.Mutex
	var wait sync.WaitGroup
	plugins := make(chan string)
	for range r.Jobs {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for plugin := range plugins {
				one, err := d.command(request{Session: r.Session}, plugin)
				lock.Lock()
				a.Rows += one.Rows
				if err != nil {
					a.Failed[plugin] = err.Error()
				}
				lock.Unlock()
			}
		}()
	}
	for _, plugin := range r.Plugins {
		plugins <- plugin
	}
	close(plugins)
	wait.Wait()
	return a, nil
}

// end frees what is still there.
func (d *driver) end() {
	for _, s := range d.sessions {
		_ = s.Close()
	}
	d.bench.end()
}
