package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/volint/volint/runtime/session/cache"
)

// Open checks the configuration, opens the image, and finds Python. Volatility
// starts with the first command. The error is an *Error where something is
// missing or wrong.
func Open(ctx context.Context, cfg Config) (Runner, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	image, err := openImage(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	r, err := newRunner(ctx, cfg, image)
	if err != nil {
		image.close()
		return nil, err
	}
	return r, nil
}

// newRunner makes a runner of an image, which is its own unless there is an error.
func newRunner(ctx context.Context, cfg Config, image *image) (*runner, error) {
	if err := choose(ctx, &cfg); err != nil {
		return nil, err
	}
	sources, err := readSources(cfg.DropIns[cfg.Version])
	if err != nil {
		return nil, err
	}
	if image.socket {
		sources.addMemory(cfg.Version)
	}
	return &runner{cfg: cfg, image: image, sources: sources, running: make(map[*run]struct{})}, nil
}

// runner starts a worker for each command.
type runner struct {
	cfg     Config
	image   *image
	sources *sources

	mu      sync.Mutex
	closed  bool
	running map[*run]struct{}
}

var errClosed = errors.New("session: the runner is closed")

func (r *runner) Start(ctx context.Context, req Request) (Run, error) {
	w := r.request("run", req)
	w.progress = req.Progress
	return r.start(ctx, w)
}

func (r *runner) start(ctx context.Context, req workerRequest) (*run, error) {
	if err := ctx.Err(); err != nil {
		return nil, cancelled(ctx, 0)
	}
	if err := checkText(req); err != nil {
		return nil, err
	}
	stdin, err := r.sources.stdin(req)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errClosed
	}
	cfg := r.cfg
	if req.progress != nil {
		cfg.Progress = req.progress
	}
	var started *run
	started, err = startRun(ctx, &cfg, r.image.warnings, stdin, func() { r.forget(started) })
	if err != nil {
		return nil, err
	}
	r.running[started] = struct{}{}
	return started, nil
}

func (r *runner) forget(run *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, run)
}

func (r *runner) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	running := make([]*run, 0, len(r.running))
	for run := range r.running {
		running = append(running, run)
	}
	r.mu.Unlock()
	for _, run := range running {
		_ = run.Close()
	}
	r.image.close()
	return nil
}

// request fills in what the configuration says.
func (r *runner) request(action string, req Request) workerRequest {
	args := req.Args
	if args == nil {
		args = []string{}
	}
	w := workerRequest{
		Action: action, Version: r.cfg.Version, Image: r.image.path, Name: r.image.name,
		Message: req.Message, Plugin: req.Plugin, Args: args,
		Profile: r.cfg.Profile, Plugins: r.cfg.Plugins, Symbols: r.cfg.Symbols,
		Cache: cache.Folder(r.cfg.Cache).Index(r.cfg.Symbols), Files: r.cfg.Files, Strict: r.cfg.Strict, Log: pythonLevel(r.cfg.Log),
		Memory: r.sources.memory, Pause: r.cfg.Pause, Hold: r.cfg.MaxHold.Milliseconds(),
	}
	if r.cfg.CacheLimit > 0 {
		w.Store, w.Limit = cache.Folder(r.cfg.Cache).Store(), r.cfg.CacheLimit
		w.Dump = identity(r.image.dump, r.image.format)
	}
	if r.image.own != nil {
		w.Private = r.image.own.folder
	}
	return w
}

// checkText refuses what would reach the worker changed: JSON carries UTF-8 only.
func checkText(req workerRequest) error {
	text := append([]string{req.Image, req.Name, req.Message, req.Plugin, req.Profile, req.Cache, req.Store}, req.Args...)
	text = append(append(text, req.Plugins...), req.Symbols...)
	for _, s := range text {
		if !utf8.ValidString(s) {
			return &Error{Code: "bad-setting", Message: fmt.Sprintf("%q is not UTF-8", s),
				Hint: "rename the file, or make a link to it with a plain name"}
		}
	}
	return nil
}
