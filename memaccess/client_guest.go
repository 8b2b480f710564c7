package memaccess

import "time"

// runsAge is how old the runs of a live guest may be.
const runsAge = time.Second

// Runs are the stretches of memory, cut where their descriptors differ. A live
// guest's are asked for again when they are older than a second.
func (c *Client) Runs() []Run {
	if c.first != nil && c.identity.Live() {
		c.mu.Lock()
		old := time.Since(c.asked) > runsAge
		if old {
			c.asked = time.Now()
		}
		c.mu.Unlock()
		if old {
			_, _ = c.sayHello()
		}
	}
	return c.layout.Load().runs
}

// Changes asks the server what happened to the guest since the client connected,
// and says so, too, where the server went away meanwhile.
func (c *Client) Changes() []string {
	if c.first != nil && c.identity.Live() && !c.closed.Load() {
		if _, err := c.sayHello(); err != nil {
			c.note("the guest's memory server went away")
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changes[:len(c.changes):len(c.changes)]
}

// note keeps a change, unless it was the last one.
func (c *Client) note(change string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.changes); change != "" && n < mostChanges && (n == 0 || c.changes[n-1] != change) {
		c.changes = append(c.changes, change)
	}
}

// mostChanges is how many changes are kept: a guest has no more that matter.
const mostChanges = 1000

// sayHello says hello on the first connection, which is the one that the server
// counts changes from, and takes over what it says.
func (c *Client) sayHello() (*hello, error) {
	l := c.links[0]
	l.mu.Lock()
	defer l.mu.Unlock()
	var said *hello
	err := l.try(true, func() (err error) {
		said, err = l.hello()
		return err
	})
	if err != nil {
		return nil, err
	}
	if said == nil {
		return nil, c.nonsense("it does not know hello any more")
	}
	c.note(said.trouble)
	old := c.layout.Load()
	c.layout.Store(newLayout(said.runs, old.pieces))
	return said, nil
}
