package memaccess

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"time"
)

// mostStatus is the longest answer to a request for counters that makes sense.
const mostStatus = 1 << 20

// Status asks the server on a socket for its counters. It tells them to the user
// that it runs as, and to root.
func Status(ctx context.Context, path string) (*Counters, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, Errorf("is the server running, and is this its socket?", "nobody serves on %s: %w", path, bare(err))
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	_ = conn.SetDeadline(time.Now().Add(DefaultWriteTimeout))
	counters, err := askStatus(conn)
	if err != nil {
		return nil, Errorf("it must be a volint server, of your own user", "the server on %s tells no counters: %w", path, err)
	}
	// An original server does not notice that a client leaves without a word.
	_, _ = conn.Write(make([]byte, headerSize))
	return counters, nil
}

func askStatus(conn net.Conn) (*Counters, error) {
	request := make([]byte, headerSize)
	request[0] = typeStatus
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	var start [5]byte
	if _, err := io.ReadFull(conn, start[:1]); err != nil {
		return nil, err
	}
	if start[0] != done {
		return nil, Errorf("", "it refuses to")
	}
	if _, err := io.ReadFull(conn, start[1:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(start[1:])
	if length > mostStatus {
		return nil, Errorf("", "an answer of %d bytes", length)
	}
	text, err := io.ReadAll(io.LimitReader(conn, int64(length)))
	if err != nil {
		return nil, err
	}
	var c Counters
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, err
	}
	return &c, nil
}
