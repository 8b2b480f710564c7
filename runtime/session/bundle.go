package session

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	memory "github.com/volint/volint/memaccess/python"
	"github.com/volint/volint/runtime/python"
)

// bootCode is the program that Python starts with: it reads boot.py, which reads
// the rest, from standard input. The current folder may hold evidence: nothing is
// imported from there.
const bootCode = `import sys
sys.path[:] = [path for path in sys.path if path]
stdin = getattr(sys.stdin, "buffer", sys.stdin)
exec(compile(stdin.read(int(stdin.readline())), "volint/worker/boot.py", "exec"))
`

// bundle is what boot.py reads: see there.
type bundle struct {
	Worker  map[string]string `json:"worker"`
	DropIns map[string]string `json:"dropins"`
	Boot    string            `json:"boot,omitempty"` // for a worker that starts others
	Request workerRequest     `json:"request"`
}

// workerRequest is what main.py takes: see there.
type workerRequest struct {
	Action     string   `json:"action"`
	Version    Version  `json:"version"`
	Image      string   `json:"image"`
	Name       string   `json:"name"`
	Message    string   `json:"message"`
	Plugin     string   `json:"plugin"`
	Args       []string `json:"args"`
	Profile    string   `json:"profile"`
	Plugins    []string `json:"plugins"`
	Symbols    []string `json:"symbols"`
	Cache      string   `json:"cache"`
	Store      string   `json:"store"`
	StoreLimit int64    `json:"store_limit"`
	Dump       string   `json:"identity"`
	Strict     bool     `json:"strict"`
	Files      string   `json:"files"`
	FilesLimit int64    `json:"files_limit"`
	Limit      int64    `json:"memory_limit"`
	Memory     string   `json:"memory"`
	Private    string   `json:"private"`
	Pause      bool     `json:"pause"`
	Hold       int64    `json:"hold"`
	Log        int      `json:"log"`

	// progress is the request's own.
	progress func(float64, string)
}

// sources are the Python sources that every worker gets.
type sources struct {
	boot            []byte
	worker, dropIns map[string]string
	// memory is the name of the drop-in that reads the image's socket; "" where the
	// image is a file.
	memory string
}

// readSources reads the worker and the drop-ins of a version.
func readSources(dropIns fs.FS) (*sources, error) {
	s := &sources{worker: make(map[string]string), dropIns: make(map[string]string)}
	for _, source := range python.Worker() {
		s.worker[source.Name] = string(source.Content)
	}
	s.boot = []byte(s.worker["boot.py"])
	for _, alone := range []string{"boot.py", "probe.py", "__main__.py"} {
		delete(s.worker, alone)
	}
	if dropIns == nil {
		return s, nil
	}
	var err error
	s.dropIns, err = readPython(dropIns)
	return s, err
}

// addMemory adds the drop-in by which a version of Volatility reads a socket.
func (s *sources) addMemory(version Version) {
	file, content := memory.Source(int(version))
	s.dropIns[file] = content
	s.memory = strings.TrimSuffix(file, ".py")
}

// readPython reads the Python files in the root of files, and those beside them that
// have the messages of generated modules.
func readPython(files fs.FS) (map[string]string, error) {
	names, err := fs.Glob(files, "*.py")
	if err != nil {
		return nil, err
	}
	messages, err := fs.Glob(files, "*.messages")
	if err != nil {
		return nil, err
	}
	names = append(names, messages...)
	text := make(map[string]string, len(names))
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", path.Base(name), err)
		}
		text[name] = string(b)
	}
	return text, nil
}

// stdin returns what a worker reads for a request; stays is true for one that stays.
func (s *sources) stdin(req workerRequest, stays bool) ([]byte, error) {
	b := bundle{Worker: s.worker, DropIns: s.dropIns, Request: req}
	if stays {
		b.Boot = string(s.boot)
	}
	body, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	return append(section(nil, s.boot), section(nil, body)...), nil
}

// section appends a part with its length before it.
func section(to, part []byte) []byte {
	to = strconv.AppendInt(to, int64(len(part)), 10)
	to = append(to, '\n')
	return append(to, part...)
}
