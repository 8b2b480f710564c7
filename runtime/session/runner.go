package session

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/volint/volint/runtime/session/cache"
)

// Open checks the configuration, opens the image, and finds Python. Volatility
// starts with the first command. The error is an *Error where something is
// missing or wrong.
func Open(ctx context.Context, cfg Config) (*Session, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	image, err := openImage(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	s, err := newSession(ctx, cfg, image)
	if err != nil {
		image.close()
		return nil, err
	}
	return s, nil
}

// newSession makes a session of an image, which is its own unless there is an error.
func newSession(ctx context.Context, cfg Config, image *image) (*Session, error) {
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
	return &Session{cfg: cfg, image: image, sources: sources, running: make(map[*run]struct{})}, nil
}

// Session runs commands on one image. The first has Volatility start and find the
// kernel, in a process that stays; each is run by a child of that process. A child
// that fails takes nobody with it, and where the process itself ends, the next command
// has another.
//
// Its methods may be called by several goroutines.
type Session struct {
	cfg     Config
	image   *image
	sources *sources

	closing sync.Once
	mu      sync.Mutex
	closed  bool
	hub     *hub // the one that takes commands; may have ended, or be nil
	running map[*run]struct{}
}

var errClosed = errors.New("session: it is closed")

// Start starts a command: see [Runner].
func (s *Session) Start(ctx context.Context, req Request) (Run, error) {
	action := "run"
	if req.Message == "" {
		if req.Plugin == "" {
			return nil, &Error{Code: "unknown-plugin", Message: "the request names no message and no plugin", Hint: "set Request.Message, Request.Plugin, or both"}
		}
		action = "table"
	}
	if req.Files != "" {
		var err error
		if req.Files, err = filepath.Abs(req.Files); err != nil {
			return nil, &Error{Code: "bad-setting", Message: "there is no current folder: " + err.Error(), Hint: "give Request.Files as an absolute path", cause: err}
		}
	}
	w := s.request(action, req)
	w.progress = req.Progress
	r, err := s.start(ctx, w)
	if err != nil {
		return nil, err // and no Run that is a nil *run
	}
	return r, nil
}

// start runs a request in a child of the worker that stays.
func (s *Session) start(ctx context.Context, req workerRequest) (*run, error) {
	return s.launch(ctx, req, func() (*child, error) {
		text, err := json.Marshal(req)
		if err != nil {
			return nil, err
		}
		c, theirs, err := newChild()
		if err != nil {
			return nil, notStarted(s.cfg.Python, err)
		}
		command := &command{child: c, request: text, theirs: theirs}
		c.end = command.kill
		if err := s.handOver(command); err != nil {
			closeAll(theirs)
			c.closePipes()
			return nil, err
		}
		return c, nil
	})
}

// startAlone runs a request in a worker of its own.
func (s *Session) startAlone(ctx context.Context, req workerRequest) (*run, error) {
	return s.launch(ctx, req, func() (*child, error) {
		stdin, err := s.sources.stdin(req, false)
		if err != nil {
			return nil, err
		}
		c, err := startAlone(s.cfg.Python, stdin)
		if err != nil {
			return nil, notStarted(s.cfg.Python, err)
		}
		return c, nil
	})
}

// launch makes a run of the child that begin makes, under mu.
func (s *Session) launch(ctx context.Context, req workerRequest, begin func() (*child, error)) (*run, error) {
	if err := ctx.Err(); err != nil {
		return nil, cancelled(ctx, 0)
	}
	if err := checkText(req); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	c, err := begin()
	if err != nil {
		return nil, err
	}
	cfg := s.cfg
	if req.progress != nil {
		cfg.Progress = req.progress
	}
	var r *run
	r = newRun(ctx, &cfg, c, s.image.warnings, func() { s.forget(r) })
	s.running[r] = struct{}{}
	return r, nil
}

// handOver gives a command to the worker that stays, and starts one where there is
// none. Under mu.
func (s *Session) handOver(c *command) error {
	if s.hub != nil && s.hub.begin(c) {
		return nil
	}
	stdin, err := s.sources.stdin(s.request("hub", Request{}), true)
	if err != nil {
		return err
	}
	if s.hub, err = startHub(&s.cfg, stdin, s.again); err != nil {
		return notStarted(s.cfg.Python, err)
	}
	if !s.hub.begin(c) { // it has ended already
		c.over(exit{}, s.hub.lost())
	}
	return nil
}

// again hands over a command that a worker did not begin before it ended.
func (s *Session) again(c *command) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.over(exit{}, nil)
		return
	}
	if err := s.handOver(c); err != nil {
		var known *Error
		if !errors.As(err, &known) {
			known = notStarted(s.cfg.Python, err)
		}
		c.over(exit{}, known)
	}
}

func (s *Session) forget(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, r)
}

// Close ends what runs, and the worker: see [Runner]. Who calls it beside another waits
// as long.
func (s *Session) Close() error {
	s.closing.Do(s.close)
	return nil
}

func (s *Session) close() {
	s.mu.Lock()
	s.closed = true
	running, hub := slices.Collect(maps.Keys(s.running)), s.hub
	s.mu.Unlock()
	for _, r := range running {
		_ = r.Close()
	}
	if hub != nil {
		hub.end()
	}
	s.image.close()
}

// request fills in what the configuration says.
func (s *Session) request(action string, req Request) workerRequest {
	args := req.Args
	if args == nil {
		args = []string{}
	}
	w := workerRequest{
		Action: action, Version: s.cfg.Version, Image: s.image.path, Name: s.image.name,
		Message: req.Message, Plugin: req.Plugin, Args: args,
		Profile: s.cfg.Profile, Plugins: s.cfg.Plugins, Symbols: s.cfg.Symbols,
		Cache: cache.Folder(s.cfg.Cache).Index(s.cfg.Symbols), Files: cmp.Or(req.Files, s.cfg.Files), FilesLimit: s.cfg.FilesLimit, Strict: s.cfg.Strict, Log: pythonLevel(s.cfg.Log),
		Limit: s.cfg.MemoryLimit, Memory: s.sources.memory, Pause: s.cfg.Pause, Hold: s.cfg.MaxHold.Milliseconds(),
	}
	if s.cfg.CacheLimit > 0 {
		w.Store, w.StoreLimit = cache.Folder(s.cfg.Cache).Store(), s.cfg.CacheLimit
		w.Dump = identity(s.image.dump, s.image.format)
	}
	if s.image.own != nil {
		w.Private = s.image.own.folder
	}
	return w
}

// checkText refuses what would reach the worker changed: JSON carries UTF-8 only.
func checkText(req workerRequest) error {
	text := append([]string{req.Image, req.Name, req.Message, req.Plugin, req.Profile, req.Cache, req.Store, req.Files}, req.Args...)
	text = append(append(text, req.Plugins...), req.Symbols...)
	for _, s := range text {
		if !utf8.ValidString(s) {
			return &Error{Code: "bad-setting", Message: fmt.Sprintf("%q is not UTF-8", s),
				Hint: "rename the file, or make a link to it with a plain name"}
		}
	}
	return nil
}
