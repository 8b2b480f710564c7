package memaccess

import (
	"encoding/binary"
	"encoding/json"
	"sync/atomic"
	"time"
)

// Counters are what a Server did since it began to serve.
type Counters struct {
	// Since is when the server began.
	Since time.Time `json:"since"`
	// Memory is the source's name.
	Memory string `json:"memory"`
	// Clients is how many are connected, Accepted how many ever were, and Refused how
	// many were not served: others' users, and those beyond MaxClients.
	Clients  int64 `json:"clients"`
	Accepted int64 `json:"accepted"`
	Refused  int64 `json:"refused"`
	// Requests is how many there were of each type: read, write, hello, vectored,
	// descriptor, pause, continue, status and other.
	Requests map[string]uint64 `json:"requests"`
	// Read and Written are how many bytes of memory.
	Read    uint64 `json:"bytes_read"`
	Written uint64 `json:"bytes_written"`
	// Failed is how many requests, and ranges of vectored reads, had a status of 0.
	Failed uint64 `json:"failed"`
}

// kinds are the names of the types of requests, in the order of counts.requests.
var kinds = [...]string{"other", "read", "write", "hello", "vectored", "descriptor", "pause", "continue", "status"}

// counts is what Counters shows.
type counts struct {
	since                 atomic.Int64 // in nanoseconds
	accepted, refused     atomic.Int64
	requests              [len(kinds)]atomic.Uint64
	read, written, failed atomic.Uint64
}

// request counts one of a type.
func (c *counts) request(kind byte) {
	i := 0
	switch {
	case kind == typeRead || kind == typeWrite:
		i = int(kind)
	case kind >= typeHello && kind <= typeStatus:
		i = 3 + int(kind-typeHello)
	}
	c.requests[i].Add(1)
}

// Counters are what the server did until now.
func (s *Server) Counters() Counters {
	c := &s.counts
	all := Counters{
		Memory:   s.Source.Name(),
		Clients:  int64(s.group.Count()),
		Accepted: c.accepted.Load(),
		Refused:  c.refused.Load(),
		Requests: make(map[string]uint64, len(kinds)),
		Read:     c.read.Load(),
		Written:  c.written.Load(),
		Failed:   c.failed.Load(),
	}
	if since := c.since.Load(); since != 0 {
		all.Since = time.Unix(0, since)
	}
	for i, kind := range kinds {
		all.Requests[kind] = c.requests[i].Load()
	}
	return all
}

// counters answers the counters, to those who may know what others do.
func (p *peer) counters() error {
	if !p.who.trusted() {
		return p.status(false)
	}
	text, err := json.Marshal(p.server.Counters())
	if err != nil {
		return err
	}
	answer := binary.LittleEndian.AppendUint32([]byte{done}, uint32(len(text)))
	return p.add(append(answer, text...))
}
