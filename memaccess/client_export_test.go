package memaccess

import (
	"context"
	"net"
	"time"
)

// DialPatience is Dial with a shorter patience.
func DialPatience(ctx context.Context, path string, patience time.Duration) (*Client, error) {
	return newClient(ctx, &Client{path: path, patience: patience, dial: func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}})
}

// Forget lets the client ask for the runs of a live guest again.
func Forget(c *Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = time.Time{}
}
