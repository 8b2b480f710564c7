package memaccess

import (
	"context"
	"sync"
	"time"
)

// Pause stops the guest for at most hold, or for as long as the server allows where
// that is 0 or longer; see Pauser. The request has a connection of its own, so that
// the guest goes on when this program ends.
func (c *Client) Pause(ctx context.Context, hold time.Duration) (release func() error, err error) {
	if !c.CanPause() {
		return nil, Errorf("volint's lets them with --allow-pause, where the guest is one that can be stopped",
			"the memory server on %s does not let clients stop the guest", c.path)
	}
	l := &link{client: c}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.rejoin(ctx); err != nil {
		return nil, err
	}
	stop := l.boundBy(ctx)
	defer stop()
	ok, err := l.ask(typePause, uint64(max(0, hold.Milliseconds())))
	switch {
	case ctx.Err() != nil:
		err = Errorf("", "stopping the guest: %w", ctx.Err())
	case err != nil:
		err = c.lost(err)
	case !ok:
		err = Errorf("is another program stopping it, or its emulator in trouble? The server's log tells",
			"the memory server on %s could not stop the guest", c.path)
	}
	if err != nil {
		l.drop()
		return nil, err
	}
	return sync.OnceValue(l.release), nil
}

// release continues the guest.
func (l *link) release() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ok, err := l.ask(typeContinue, 0)
	if err != nil {
		err = Errorf("does the guest run?", "whether the guest went on can't be told: %w", l.client.lost(err))
	} else if !ok {
		err = Errorf("give it a longer hold, if the server allows one", "the guest went on before it was let: its longest hold was over")
	}
	l.quit()
	return err
}

// ask sends a request that a status answers.
func (l *link) ask(kind byte, addr uint64) (bool, error) {
	if err := l.send(kind, addr, 0, nil); err != nil {
		return false, err
	}
	return l.status()
}
