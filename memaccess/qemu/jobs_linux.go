package qemu

import (
	"context"
	"encoding/json"
)

// mostJobs bounds what is kept of jobs between two looks at them.
const mostJobs = 64

// noteJob notes that a job begins. The event has no type.
func (m *memory) noteJob(data json.RawMessage) {
	var job struct{ ID, Status string }
	if json.Unmarshal(data, &job) != nil || job.Status != "running" {
		return
	}
	m.guest.mu.Lock()
	defer m.guest.mu.Unlock()
	if m.guest.jobs == nil {
		m.guest.jobs = make(map[string]bool)
	}
	if len(m.guest.jobs) < mostJobs {
		m.guest.jobs[job.ID] = true
	}
	m.poke()
}

// lookAtJobs looks whether a job that began loads a snapshot. What the monitor's
// loadvm does can't be told from the guest's being stopped and continued.
func (m *memory) lookAtJobs() {
	c := m.link.get()
	if c == nil {
		return // held: looked at when that is over
	}
	m.guest.mu.Lock()
	began := m.guest.jobs
	m.guest.jobs = nil
	m.guest.mu.Unlock()
	if len(began) == 0 {
		return
	}
	var jobs []struct{ ID, Type string }
	if err := c.Execute(context.Background(), "query-jobs", nil, &jobs); err != nil {
		m.log.Warn("QEMU's jobs can't be looked at", "error", err)
		return
	}
	for _, j := range jobs {
		if began[j.ID] && j.Type == "snapshot-load" {
			m.guest.changed(changeLoaded)
			m.stale.Store(true)
		}
	}
}
