// Command driver runs commands in sessions and tells how long they took. bench/session
// drives it: requests come as JSON lines, and each has one line as its answer.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// request is a line of standard input; do says which fields count.
type request struct {
	// Do is image, boot, stop, continue, copy, held, open, run, all or close.
	Do string
	// Session names a session: several may be open.
	Session string
	// Image, Version, Python, Folder, Profile, Cache and Pause are of open. Folder has
	// the symbol files, or the profiles.
	Image, Python, Folder, Profile, Cache string
	Version                               int
	Pause                                 bool
	// Message is a message's full name; without one the command's table is taken.
	Message string
	// Plugins are the one of run or those of all, Args of run.
	Plugins, Args []string
	// Jobs is how many of all run side by side.
	Jobs int
	// Save is the file for what run finds, or copy.
	Save string
}

// answer is a line of standard output.
type answer struct {
	Path string `json:"path,omitempty"`
	// NS is how long it took, First when the first row was there.
	NS    int64 `json:"ns"`
	First int64 `json:"first"`
	Rows  int   `json:"rows"`
	// Cold is why a command ran in a process of its own.
	Cold string `json:"cold,omitempty"`
	// Failed are commands that failed, with the reason.
	Failed map[string]string `json:"failed,omitempty"`
	// Held are how long the guest stood each time.
	Held []int64 `json:"held,omitempty"`
}

func main() {
	d := newDriver()
	defer d.end()
	out := json.NewEncoder(os.Stdout)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			d.fatal(fmt.Errorf("not a request: %w", err))
		}
		start := time.Now()
		a, err := d.do(r)
		if err != nil {
			d.fatal(err)
		}
		if a.NS == 0 {
			a.NS = time.Since(start).Nanoseconds()
		}
		if err := out.Encode(a); err != nil {
			d.fatal(err)
		}
	}
}

func (d *driver) fatal(err error) {
	d.end()
	fmt.Fprintf(os.Stderr, "error: %v\nhint: make setup brings what this needs\n", err)
	os.Exit(1)
}
