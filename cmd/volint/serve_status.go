package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/volint/volint/memaccess"
)

// serveStatus prints what a server did that runs.
func (a *app) serveStatus(ctx context.Context, s *serving) error {
	if s.socket == "" {
		return misuse("name its socket: volint serve --status --socket PATH", "which server?")
	}
	counters, err := memaccess.Status(ctx, s.socket)
	if err != nil {
		return err
	}
	if s.format == "jsonl" {
		l := newListing()
		l.add(counters)
		return l.print(a.stdout, s.format)
	}
	l := newListing("WHAT", "COUNT")
	for _, c := range countersLines(*counters) {
		l.add(nil, c.what, c.count)
	}
	return l.print(a.stdout, s.format)
}

// sayCounters says what this server did.
func (a *app) sayCounters(c memaccess.Counters) {
	for _, line := range countersLines(c) {
		a.ui.say("note", "%s: %s", line.what, line.count)
	}
}

// counted is a line of counters.
type counted struct{ what, count string }

func countersLines(c memaccess.Counters) []counted {
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	lines := []counted{
		{"memory", c.Memory},
		{"since", c.Since.Local().Format(time.DateTime)},
		{"clients", strconv.FormatInt(c.Clients, 10)},
		{"clients ever", strconv.FormatInt(c.Accepted, 10)},
		{"clients refused", strconv.FormatInt(c.Refused, 10)},
		{"bytes read", number(c.Read)},
		{"bytes written", number(c.Written)},
		{"failed", number(c.Failed)},
	}
	var kinds []string
	for kind := range c.Requests {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		if n := c.Requests[kind]; n > 0 {
			lines = append(lines, counted{"requests: " + kind, number(n)})
		}
	}
	return lines
}
