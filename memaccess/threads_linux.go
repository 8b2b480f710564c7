package memaccess

import (
	"runtime"
	"syscall"
	"time"
)

// A read of a page takes a client 10 µs, half of which is waiting for threads to
// be woken. Go's poller adds a failed read, a wait for events and another thread to
// each; a thread that waits in the read itself is nearly as fast as a C server. So a
// client that asks one thing after another gets such a thread. Some threads stay with
// their clients; others, whose waits end, which costs them a timer each time, leave a
// client that has nothing to ask for a while. A client without a thread, or one that
// does not go on with a request or an answer, is served through the poller.
const (
	// linger is how long a thread waits for a client that it does not stay with.
	linger = 50 * time.Millisecond
	// mostStaying and mostLingering are how many threads there are.
	mostStaying   = 16
	mostLingering = 32
	// turnsAtATime is after how many turns a goroutine lets others go first. One that
	// does nothing but wait in the system never does so by itself: after 10 ms Go's
	// monitor takes it for one that must be stopped, and tries to every 20 µs.
	turnsAtATime = 32
)

// threads are those that may still wait.
type threads struct {
	staying, lingering chan struct{}
	// idle is for how long those that stay do so: for ever if it is negative.
	idle time.Duration
}

// newThreads are threads of which none stays.
func newThreads() threads { return threads{lingering: make(chan struct{}, mostLingering)} }

// newStaying are threads of which some stay with clients that are silent for no
// longer than idle.
func newStaying(idle time.Duration) threads {
	t := newThreads()
	t.staying, t.idle = make(chan struct{}, mostStaying), idle
	return t
}

// enter takes a thread, if there is one.
func (s *socket) enter() {
	wait := time.Duration(0)
	select {
	case s.threads.staying <- struct{}{}:
		s.thread = s.threads.staying
		s.keepWatch()
	default:
		select {
		case s.threads.lingering <- struct{}{}:
			s.thread, wait = s.threads.lingering, linger
		default:
			return
		}
	}
	_ = s.file.Close()
	s.file = nil
	// These fail for no descriptor that is open.
	_ = s.limitWait(syscall.SO_RCVTIMEO, wait)
	_ = syscall.SetNonblock(s.fd, false)
}

// leave gives the thread back.
func (s *socket) leave() error {
	s.free()
	return s.poll()
}

func (s *socket) free() {
	<-s.thread
	s.thread = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watch != nil {
		s.watch.Stop()
		s.watch = nil
	}
}

// keepWatch ends the conversation when nothing was said for a while.
func (s *socket) keepWatch() {
	if s.threads.idle < 0 {
		return
	}
	s.mu.Lock() // which watch is set under
	defer s.mu.Unlock()
	seen := s.turns.Load()
	var watch *time.Timer
	watch = time.AfterFunc(s.threads.idle, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		now := s.turns.Load()
		switch {
		case s.ended || s.watch != watch:
		case now != seen:
			seen = now
			watch.Reset(s.threads.idle)
		default:
			s.expired.Store(true)
			_ = syscall.Shutdown(s.fd, syscall.SHUT_RDWR)
		}
	})
	s.watch = watch
}

// wait has the thread wait for the client; one that stays does so only where its
// watch ends that in time. The error is EAGAIN if there is nothing to read.
func (s *socket) wait(p []byte, patience time.Duration) (int, error) {
	if s.turns.Add(1)%turnsAtATime == 0 {
		runtime.Gosched()
	}
	if s.thread == s.threads.staying && patience != s.threads.idle {
		return retry(func() (int, error) {
			n, _, err := syscall.Recvfrom(s.fd, p, syscall.MSG_DONTWAIT)
			return n, err
		})
	}
	return retry(func() (int, error) { return syscall.Read(s.fd, p) })
}
