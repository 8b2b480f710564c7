package qemu

import (
	"context"
	"os"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

// Resume continues the guest whose QMP socket is at path, if it stands since the
// process that held it was killed, and reports whether it did; with force, if it
// stands for whatever reason. A guest that runs is left alone.
func Resume(ctx context.Context, path string, force bool) (continued bool, err error) {
	note, file := readState(canonical(path))
	if note != nil && note.held() {
		return false, memaccess.Errorf("it goes on by itself when they are done; to end the hold now, end that process",
			"process %d of volint holds the guest, until %s at the latest", note.Holder, note.Until.Local().Format(time.TimeOnly))
	}
	c, err := qmp.Dial(ctx, path, qmp.Options{})
	if err != nil {
		return false, err
	}
	defer c.Close()
	now, err := runState(ctx, c)
	switch {
	case err != nil:
		return false, err
	case now == "running":
	case !standsStill(now) && !force:
		return false, memaccess.Errorf("--force has QEMU continue it all the same", "the guest is %s, which is not volint's doing", now)
	case !force && (note == nil || !isAlive(note.Process, note.Started)):
		return false, memaccess.Errorf("--force continues it all the same", "the guest was stopped by somebody else: nothing tells that volint did it")
	default:
		if err := c.Execute(ctx, "cont", nil, nil); err != nil {
			return false, err
		}
		continued = true
	}
	if file != "" {
		_ = os.Remove(file)
	}
	return continued, nil
}
