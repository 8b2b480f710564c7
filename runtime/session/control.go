package session

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
)

// recordLimit is the longest record that is taken, in bytes. The worker cuts
// tracebacks far below it.
const recordLimit = 4 << 20

// record is one line of the control channel; type says which fields count.
type record struct {
	Type string `json:"type"`

	// hello
	Python string `json:"python"`

	// log, progress, warning
	Level   string  `json:"level"`
	Text    string  `json:"text"`
	Percent float64 `json:"percent"`

	// error
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Detail  string `json:"detail"`

	// end
	Rows       int64    `json:"rows"`
	Plugin     string   `json:"plugin"`
	Volatility string   `json:"volatility"`
	Missing    []string `json:"missing"`
	Lost       []Loss   `json:"lost"`
	Warnings   []string `json:"warnings"`
	Cold       string   `json:"cold"`

	// file
	File

	// options; the plugin is above
	Doc     string   `json:"doc"`
	Options []Option `json:"options"`

	// table
	Table PluginTable `json:"table"`

	// fitting; its reason is that of an error
	System  string              `json:"system"`
	Plugins []string            `json:"plugins"`
	Others  []string            `json:"others"`
	Needs   map[string][]string `json:"needs"`

	// inspect
	Symbols       []string `json:"symbols"`
	Banners       []string `json:"banners"`
	Matches       []string `json:"matches"`
	Profiles      []string `json:"profiles"`
	LinuxProfiles []string `json:"linux_profiles"`
}

// control is what a worker said on its control channel, apart from rows.
type control struct {
	log      *slog.Logger
	progress func(float64, string)

	hello    bool
	warnings []string
	// The first of each.
	failure, end, inspect, fitting *record
	files                          []File
	options                        []PluginOptions
	tables                         []PluginTable
}

// read reads records to the end of r. It must be done before the fields are
// looked at.
func (c *control) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, recordLimit)
	for lines.Scan() {
		var rec record
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil {
			c.logf(slog.LevelDebug, "not a record on the control channel: "+lines.Text())
			continue
		}
		c.take(&rec)
	}
	// The worker must not wait for a reader that gave up.
	_, _ = io.Copy(io.Discard, r)
}

func (c *control) take(rec *record) {
	switch rec.Type {
	case "hello":
		c.hello = true
	case "log":
		c.logf(levels[rec.Level], rec.Text)
	case "progress":
		if c.progress != nil {
			c.progress(rec.Percent, rec.Text)
		}
	case "warning":
		c.warnings = append(c.warnings, rec.Text)
	case "error":
		keepFirst(&c.failure, rec)
	case "end":
		keepFirst(&c.end, rec)
	case "file":
		c.files = append(c.files, rec.File)
	case "named":
		c.named(rec.File)
	case "options":
		c.options = append(c.options, PluginOptions{Plugin: rec.Plugin, Doc: rec.Doc, Options: rec.Options})
	case "table":
		c.tables = append(c.tables, rec.Table)
	case "inspect":
		keepFirst(&c.inspect, rec)
	case "fitting":
		keepFirst(&c.fitting, rec)
	}
}

// named notes the row that names a file, which was told before.
func (c *control) named(file File) {
	// It is one of the latest.
	for i := len(c.files) - 1; i >= 0; i-- {
		if c.files[i].Name == file.Name {
			c.files[i].Row = file.Row
			return
		}
	}
}

func keepFirst(to **record, rec *record) {
	if *to == nil {
		*to = rec
	}
}

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug,
	"info":  slog.LevelInfo,
	"warn":  slog.LevelWarn,
	"error": slog.LevelError,
}

func (c *control) logf(level slog.Level, text string) { logTo(c.log, level, text) }

func logTo(log *slog.Logger, level slog.Level, text string) {
	if log != nil {
		log.Log(context.Background(), level, text)
	}
}

// result makes the Result of what was said and counted.
func (c *control) result(rows int64) *Result {
	r := &Result{Rows: rows, Warnings: c.warnings, Files: c.files}
	if e := c.end; e != nil {
		r.Plugin, r.Volatility = e.Plugin, e.Volatility
		r.Missing, r.Lost, r.Cold = e.Missing, e.Lost, e.Cold
		r.Warnings = append(r.Warnings, e.Warnings...)
	}
	return r
}

// err is the failure that the worker told.
func (c *control) err() *Error {
	f := c.failure
	return &Error{Code: f.Code, Message: f.Message, Hint: f.Hint, Detail: f.Detail}
}
